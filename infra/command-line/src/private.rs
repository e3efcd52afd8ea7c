//! Files for this user's eyes alone: they hold tokens, or name customers and amounts.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// How such a file is opened: one that is made is nobody else's.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder of such files, and those above it that are missing.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes a file that is open out of others' reach; whether it was in it.
///
/// # Errors
/// When it is another user's, or its rights cannot be changed.
#[cfg(unix)]
pub(crate) fn mend(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    let is_open = mode & 0o077 != 0;
    if is_open {
        // Only its owner may: another's file is refused.
        file.set_permissions(std::fs::Permissions::from_mode(mode & 0o700))?;
    }
    Ok(is_open)
}

/// Where files have no such rights, the user's own folder holds them.
#[cfg(not(unix))]
pub(crate) fn mend(_file: &File) -> io::Result<bool> {
    Ok(false)
}

/// Whether somebody else may write to a file.
///
/// # Errors
/// When that cannot be told.
#[cfg(unix)]
pub(crate) fn is_writable_by_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o022 != 0)
}

/// Where files have no such rights, the user's own folder holds them.
#[cfg(not(unix))]
pub(crate) fn is_writable_by_others(_file: &File) -> io::Result<bool> {
    Ok(false)
}
