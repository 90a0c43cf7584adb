//! The objects that an analyser meets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nixvirt_evaluator::{FormalPlace, Tree};
use nixvirt_schema::Kind;

/// An object that was checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckedObject {
    /// The name of its kind.
    pub kind: &'static str,
    /// The file in which it is written.
    pub file: PathBuf,
    /// Where it stands there, in bytes.
    pub place: (u32, u32),
    /// Its name, as far as it is known; a number where nothing else tells several of a file apart.
    pub name: Option<String>,
}

/// A spec, or the arguments of a template, as a file has it.
pub struct Seen {
    /// The kind of object.
    pub kind: Option<&'static Kind>,
    /// The parameters of the template, where these are its arguments.
    pub template: Option<Vec<FormalPlace>>,
    /// The spec or arguments.
    pub tree: Rc<Tree>,
    /// The name of the object that holds it: of a volume, its pool.
    pub holder: Option<String>,
}

impl CheckedObject {
    /// The place of an object of which it is only known which file has it.
    pub const WHOLE: (u32, u32) = (0, 0);

    /// The objects of a file of which only the kinds are known, one for each object.
    pub fn all_of(file: &Path, kinds: &[&'static Kind]) -> BTreeSet<CheckedObject> {
        let object = |(number, kind): (usize, &&Kind)| CheckedObject {
            kind: kind.name,
            file: file.to_owned(),
            place: CheckedObject::WHOLE,
            name: Some(number.to_string()),
        };
        kinds.iter().enumerate().map(object).collect()
    }
}
