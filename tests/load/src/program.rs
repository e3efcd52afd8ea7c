//! The local stack's program: the one that was named, or the one beside this program.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Finds the program, and builds it where it is older than its sources: another package's
/// program is in no variable of this one's, and the one that lies there may be of yesterday.
///
/// # Errors
/// When it cannot be built.
pub fn find(named: Option<&Path>) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("this program lies in no folder")?;
    let path = folder.join(format!("invoice-bridge{}", std::env::consts::EXE_SUFFIX));
    if !is_fresh(&path) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let arguments = ["build", "-q", "-p", "local", "--bin", "invoice-bridge", "--profile"];
        let built = Command::new(cargo).args(arguments).arg(profile).status()?;
        if !built.success() || !path.exists() {
            return Err("the local stack cannot be built".into());
        }
    }
    Ok(path)
}

/// Whether a program is younger than every source of it, which cargo lists beside it.
fn is_fresh(program: &Path) -> bool {
    let of = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let list = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let sources = list.split_once(": ").map_or("", |(_, sources)| sources).trim();
    // A blank in a name is escaped.
    let sources = sources.replace("\\ ", "\0");
    let mut sources = sources.split(' ').map(|name| PathBuf::from(name.replace('\0', " ")));
    let Some(built) = of(program) else { return false };
    !list.is_empty() && sources.all(|source| of(&source).is_some_and(|edited| edited <= built))
}
