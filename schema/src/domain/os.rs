//! How a machine boots: `os`, `bootloader`, and its SMBIOS tables: `sysinfo`.
