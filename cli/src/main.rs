//! The program `nixvirt-compile`; see the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    nixvirt_cli::main()
}
