//! The binaries that are measured: built as they are deployed.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Their packages.
const FUNCTIONS: [&str; 4] = ["list", "get", "activate", "webhook"];
/// What they are measured against, all of one package.
const REFERENCE: &str = "bench-reference";
const REFERENCES: [&str; 2] = ["hello", "get-item"];

/// Where they are.
#[derive(Debug)]
pub struct Binaries {
    functions: PathBuf,
    references: PathBuf,
}

impl Binaries {
    /// Builds them all: ours as they are deployed, the others as fast as they can
    /// be, and apart, since what they ask of a common crate would be linked into
    /// ours as well.
    ///
    /// # Errors
    /// When they cannot be built.
    pub fn build() -> Result<Self, Box<dyn Error>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let target = std::env::var_os("CARGO_TARGET_DIR");
        let target = target.map_or_else(|| root.join("target"), |target| root.join(target));
        build(&root, "release", &FUNCTIONS)?;
        build(&root, "reference", &[REFERENCE])?;
        Ok(Self { functions: target.join("release"), references: target.join("reference") })
    }

    /// The packages in `folder`, built before.
    pub fn of(folder: PathBuf) -> Self {
        Self { references: folder.clone(), functions: folder }
    }

    /// The one called `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        let is_reference = REFERENCES.contains(&name);
        if is_reference { &self.references } else { &self.functions }.join(name)
    }

    /// The size of a package in bytes, and zipped.
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

fn build(root: &Path, profile: &str, packages: &[&str]) -> Result<(), Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root).args(["build", "--locked", "--profile", profile]);
    build.args(packages.iter().flat_map(|package| ["--package", package]));
    if build.status()?.success() { Ok(()) } else { Err("the functions could not be built".into()) }
}
