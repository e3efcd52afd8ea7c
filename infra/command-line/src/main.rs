//! `ib`, the command line of Invoice Bridge.

use std::process::ExitCode;

fn main() -> ExitCode {
    command_line::main()
}
