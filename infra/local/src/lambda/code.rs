//! The functions' code, and how a process comes to run it.

use std::future::Future;
use std::io::Read;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use tokio::process::Command;

use crate::log::note;

type Running = Pin<Box<dyn Future<Output = Result<(), lambda_http::Error>>>>;

type Start = fn() -> Running;

/// Every binary of the template and what it runs. A function is added by a
/// line here and its resource in `template.yaml`.
const FUNCTIONS: &[(&str, Start)] = &[
    ("list", || Box::pin(function_kit::run(&list::FUNCTION))),
    ("get", || Box::pin(function_kit::run(&get::FUNCTION))),
    ("activate", || Box::pin(function_kit::run(&activate::FUNCTION))),
    ("activate-on-event", || Box::pin(activate::on_event::run())),
    ("cancel", || Box::pin(function_kit::run(&cancel::FUNCTION))),
    ("delete", || Box::pin(function_kit::run(&delete::FUNCTION))),
    ("changes", || Box::pin(function_kit::run(&changes::FUNCTION))),
    ("sync", || Box::pin(sync::run())),
    ("update", || Box::pin(function_kit::run(&update::FUNCTION))),
    ("webhook", || Box::pin(webhook::receive())),
    ("webhook-on-message", || Box::pin(webhook::on_message::run())),
    ("console", || Box::pin(::console::run())),
];

/// Where a function's code is found.
#[derive(Debug, Clone)]
pub enum Code {
    /// In this very program, started again: `cargo run` builds everything.
    Own,
    /// In a folder of built binaries, `list` or, as `cargo lambda` lays them
    /// out, `list/bootstrap`.
    Built(PathBuf),
}

impl Code {
    /// The command that runs a binary.
    pub fn command(&self, binary: &str) -> Result<Command, String> {
        match self {
            Self::Own => {
                if !FUNCTIONS.iter().any(|(name, _)| *name == binary) {
                    let known: Vec<&str> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
                    return Err(format!(
                        "this program has no binary {binary} (it has {})",
                        known.join(", ")
                    ));
                }
                let program = std::env::current_exe()
                    .map_err(|error| format!("cannot find this program: {error}"))?;
                let mut command = Command::new(program);
                command.args(["function", binary]);
                Ok(command)
            }
            Self::Built(folder) => {
                let candidates = [folder.join(binary), folder.join(binary).join("bootstrap")];
                let found = candidates.iter().find(|path| path.is_file());
                let missing = || {
                    format!("there is no {binary} nor {binary}/bootstrap in {}", folder.display())
                };
                found.map(Command::new).ok_or_else(missing)
            }
        }
    }
}

/// Runs one function in this process, until the stack that started it is gone.
pub fn run(binary: &str) -> ExitCode {
    let Some((_, start)) = FUNCTIONS.iter().find(|(name, _)| *name == binary) else {
        note(binary, "is not a function of this program");
        return ExitCode::FAILURE;
    };
    end_with_the_stack();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(start()),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note(binary, &format!("ended: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The stack holds the other end of our standard input and never writes: it
/// ends when the stack does, however that was killed, even in the middle of a
/// call.
fn end_with_the_stack() {
    std::thread::spawn(|| {
        let mut nothing = [0; 1];
        while matches!(std::io::stdin().read(&mut nothing), Ok(read) if read > 0) {}
        std::process::exit(0);
    });
}
