//! The built files of infra/console/web, as they lie in `assets`.

/// One file.
#[derive(Debug)]
pub struct File {
    /// The name, below `/console/`.
    pub name: &'static str,
    /// The media type.
    pub media: &'static str,
    /// A tag of the file's bytes; weak, since the compressed form has the same.
    pub tag: &'static str,
    /// The file.
    pub plain: &'static [u8],
    /// The file, compressed with gzip.
    pub packed: &'static [u8],
}

/// Every file there is.
pub static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file of this name.
pub fn find(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}
