//! The binaries that are measured: built as they are deployed.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Their packages.
const PACKAGES: [&str; 4] = ["bench-reference", "list", "get", "activate"];

/// Where they are.
#[derive(Debug)]
pub struct Binaries(PathBuf);

impl Binaries {
    /// Builds them all, in one go.
    ///
    /// # Errors
    /// When they cannot be built.
    pub fn build() -> Result<Self, Box<dyn Error>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.current_dir(&root).args(["build", "--release", "--locked"]);
        build.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
        if !build.status()?.success() {
            return Err("the functions could not be built".into());
        }
        let target = std::env::var_os("CARGO_TARGET_DIR");
        let target = target.map_or_else(|| root.join("target"), |target| root.join(target));
        Ok(Self(target.join("release")))
    }

    /// Those in `folder`, built before.
    pub fn of(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The one called `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Its bytes, and its bytes zipped.
    ///
    /// # Errors
    /// When it is not there.
    pub fn sizes(&self, name: &str) -> Result<(usize, usize), Box<dyn Error>> {
        let bytes = fs::read(self.path(name))?;
        let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
        zip.write_all(&bytes)?;
        Ok((bytes.len(), zip.finish()?.len()))
    }
}
