//! Calls that take or give libvirt's typed parameters: a list of names with values.

use std::ffi::{CStr, CString, c_int};
use std::{mem, ptr};

use virt::domain::Domain;
use virt::error::Error;
use virt::sys;

use crate::checked;

/// The value of a typed parameter. libvirt wants exactly the type that it documents for the name.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    /// A value of C's `int`.
    Int(i32),
    /// A value of C's `unsigned int`.
    UInt(u32),
    /// A value of C's `long long`.
    Long(i64),
    /// An `unsigned long long`.
    ULong(u64),
    /// A value of C's `double`.
    Double(f64),
    /// A truth value, which libvirt holds as a `char`.
    Boolean(bool),
    /// A string; libvirt gets a copy of it.
    Text(String),
}

/// The limits of a disk's I/O by libvirt's names, such as `total_bytes_sec` (bytes in a second; 0: no limit). `disk` is the
/// target's `dev` or the source's path.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetBlockIoTune>
///
/// # Errors
///
/// There is no such disk, it is of a kind that has no limits, or `disk` holds a zero byte.
pub fn block_io_tune(
    domain: &Domain,
    disk: &str,
    flags: u32,
) -> Result<Vec<(String, ParameterValue)>, Error> {
    let disk = CString::new(disk)?;
    // SAFETY: the pointer is only used for the calls, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    let mut count: c_int = 0;
    // SAFETY: without a list, libvirt only writes how many parameters there are, into a variable that lives through the call.
    checked(unsafe {
        sys::virDomainGetBlockIoTune(domain, disk.as_ptr(), ptr::null_mut(), &mut count, flags)
    })?;
    let mut list = ParameterList::with_room(count)?;
    // SAFETY: the list has room for as many parameters as `used` says; libvirt writes no more and says how many.
    checked(unsafe {
        sys::virDomainGetBlockIoTune(domain, disk.as_ptr(), list.start, &mut list.used, flags)
    })?;
    Ok(list.read())
}

/// Sets limits of a disk's I/O by libvirt's names; those that are not named stay, as far as libvirt allows. All but `group_name`
/// are [`ParameterValue::ULong`].
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetBlockIoTune>
///
/// # Errors
///
/// There is no such disk, a parameter is unknown or of the wrong type, two contradict each other, or the emulator refuses.
pub fn set_block_io_tune(
    domain: &Domain,
    disk: &str,
    parameters: &[(&str, ParameterValue)],
    flags: u32,
) -> Result<(), Error> {
    let (disk, list) = (CString::new(disk)?, ParameterList::new(parameters)?);
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // SAFETY: the list has as many parameters as it says; list and name live through the call.
    checked(unsafe {
        sys::virDomainSetBlockIoTune(domain, disk.as_ptr(), list.start(), list.count(), flags)
    })?;
    Ok(())
}

/// Sets the weights and limits that the host's kernel gives the domain's I/O, by libvirt's names: `weight`, `device_weight`, ...
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetBlkioParameters>
///
/// # Errors
///
/// The host has no such controller, or a parameter is unknown, of the wrong type or out of range.
pub fn set_blkio_parameters(
    domain: &Domain,
    parameters: &[(&str, ParameterValue)],
    flags: u32,
) -> Result<(), Error> {
    let list = ParameterList::new(parameters)?;
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // SAFETY: the list has as many parameters as it says and lives through the call.
    checked(unsafe { sys::virDomainSetBlkioParameters(domain, list.start(), list.count(), flags) })?;
    Ok(())
}

/// A list of parameters in memory of libvirt's, which frees it.
pub(crate) struct ParameterList {
    start: sys::virTypedParameterPtr,
    used: c_int,
    room: c_int,
}

impl ParameterList {
    /// A list of these.
    pub(crate) fn new(parameters: &[(&str, ParameterValue)]) -> Result<ParameterList, Error> {
        let mut list = ParameterList { start: ptr::null_mut(), used: 0, room: 0 };
        for (name, value) in parameters {
            list.add(&CString::new(*name)?, value)?;
        }
        Ok(list)
    }

    /// A list of so many empty ones, which a call fills.
    fn with_room(count: c_int) -> Result<ParameterList, Error> {
        let mut list = ParameterList { start: ptr::null_mut(), used: 0, room: 0 };
        for _ in 0..count {
            list.add(c"", &ParameterValue::ULong(0))?;
        }
        Ok(list)
    }

    pub(crate) fn start(&self) -> sys::virTypedParameterPtr {
        self.start
    }

    pub(crate) fn count(&self) -> c_int {
        self.used
    }

    fn add(&mut self, name: &CStr, value: &ParameterValue) -> Result<(), Error> {
        let (start, used, room, name) = (&mut self.start, &mut self.used, &mut self.room, name.as_ptr());
        // For each call: libvirt grows the list, copies name and text, and keeps the three variables right.
        checked(match value {
            // SAFETY: as above.
            ParameterValue::Int(value) => unsafe {
                sys::virTypedParamsAddInt(start, used, room, name, *value)
            },
            // SAFETY: as above.
            ParameterValue::UInt(value) => unsafe {
                sys::virTypedParamsAddUInt(start, used, room, name, *value)
            },
            // SAFETY: as above.
            ParameterValue::Long(value) => unsafe {
                sys::virTypedParamsAddLLong(start, used, room, name, *value)
            },
            // SAFETY: as above.
            ParameterValue::ULong(value) => unsafe {
                sys::virTypedParamsAddULLong(start, used, room, name, *value)
            },
            // SAFETY: as above.
            ParameterValue::Double(value) => unsafe {
                sys::virTypedParamsAddDouble(start, used, room, name, *value)
            },
            // SAFETY: as above.
            ParameterValue::Boolean(value) => unsafe {
                sys::virTypedParamsAddBoolean(start, used, room, name, c_int::from(*value))
            },
            ParameterValue::Text(value) => {
                let value = CString::new(value.as_str())?;
                // SAFETY: as above; the text ends with a zero and lives through the call.
                unsafe { sys::virTypedParamsAddString(start, used, room, name, value.as_ptr()) }
            }
        })?;
        Ok(())
    }

    /// The parameters with their names. One of a type that this crate does not know is left out.
    fn read(&self) -> Vec<(String, ParameterValue)> {
        let mut all = Vec::new();
        for number in 0..usize::try_from(self.used).unwrap_or_default() {
            // SAFETY: the list has `used` elements.
            let place = unsafe { self.start.add(number) };
            // SAFETY: the element was set by libvirt, and is not changed while `self` is borrowed.
            let parameter = unsafe { &*place };
            // SAFETY: libvirt ends names with a zero within their 80 bytes.
            let name = unsafe { CStr::from_ptr(parameter.field.as_ptr()) }.to_string_lossy().into_owned();
            let value = &parameter.value;
            // In each arm, the type says which field of the union libvirt has set.
            let value = match parameter.type_.try_into() {
                // SAFETY: as above.
                Ok(sys::VIR_TYPED_PARAM_INT) => ParameterValue::Int(unsafe { value.i }),
                // SAFETY: as above.
                Ok(sys::VIR_TYPED_PARAM_UINT) => ParameterValue::UInt(unsafe { value.ui }),
                // SAFETY: as above.
                Ok(sys::VIR_TYPED_PARAM_LLONG) => ParameterValue::Long(unsafe { value.l }),
                // SAFETY: as above.
                Ok(sys::VIR_TYPED_PARAM_ULLONG) => ParameterValue::ULong(unsafe { value.ul }),
                // SAFETY: as above.
                Ok(sys::VIR_TYPED_PARAM_DOUBLE) => ParameterValue::Double(unsafe { value.d }),
                // SAFETY: as above.
                Ok(sys::VIR_TYPED_PARAM_BOOLEAN) => ParameterValue::Boolean(unsafe { value.b } != 0),
                Ok(sys::VIR_TYPED_PARAM_STRING) => {
                    // SAFETY: as above.
                    let text = unsafe { value.s };
                    if text.is_null() {
                        ParameterValue::Text(String::new())
                    } else {
                        // SAFETY: the text ends with a zero and belongs to the list.
                        ParameterValue::Text(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
                    }
                }
                _ => continue,
            };
            all.push((name, value));
        }
        all
    }
}

impl Drop for ParameterList {
    fn drop(&mut self) {
        let start = mem::replace(&mut self.start, ptr::null_mut());
        // SAFETY: the list and its texts are libvirt's own allocations, and nothing refers to them any more; null is allowed.
        unsafe { sys::virTypedParamsFree(start, self.used) };
    }
}
