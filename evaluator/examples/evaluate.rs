//! Evaluates a file to JSON, as `nix-instantiate --eval --strict --json` does: what the tests hold against real Nix.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;

use nixvirt_evaluator::{Evaluator, Files, Limits, with_stack};

/// The files of the machine.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

fn main() -> ExitCode {
    let file = std::env::args().nth(1).unwrap_or_default();
    let result = with_stack(|| {
        let path = std::path::absolute(&file).map_err(|error| error.to_string())?;
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Evaluator::new(Box::new(Disk), Limits::default(), false)
            .json_of(&path, &text)
            .map_err(|error| error.to_string())
    });
    match result {
        Ok(Ok(json)) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Ok(Err(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
