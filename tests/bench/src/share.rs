//! A small function's share of a processor, by way of cgroups.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Lambda gives a whole processor at 1,769 MB, and less in proportion (aws R3).
const WHOLE: u64 = 1_769;
/// In microseconds: 20 ms, which is our choice.
const PERIOD: u64 = 20_000;
const GROUP: &str = "invoice-bridge-bench";

/// A group of processes that have a share of a processor.
#[derive(Debug, Clone)]
pub struct Share(PathBuf);

impl Share {
    /// The share of a CPU that Lambda gives a function of so many MB.
    ///
    /// # Errors
    /// Where cgroups do not allow it.
    pub fn of(megabytes: u64) -> io::Result<Self> {
        let quota = PERIOD * megabytes / WHOLE;
        let second = Path::new("/sys/fs/cgroup");
        let first = second.join("cpu");
        if second.join("cgroup.controllers").exists() {
            let group = made(second)?;
            fs::write(group.join("cpu.max"), format!("{quota} {PERIOD}"))?;
            Ok(Self(group))
        } else {
            let group = made(&first)?;
            fs::write(group.join("cpu.cfs_period_us"), PERIOD.to_string())?;
            fs::write(group.join("cpu.cfs_quota_us"), quota.to_string())?;
            Ok(Self(group))
        }
    }

    /// Holds a process, with all its threads, to it.
    ///
    /// # Errors
    /// Where cgroups do not allow it.
    pub fn hold(&self, process: u32) -> io::Result<()> {
        fs::write(self.0.join("cgroup.procs"), process.to_string())
    }
}

fn made(root: &Path) -> io::Result<PathBuf> {
    let group = root.join(GROUP);
    match fs::create_dir(&group) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(group),
    }
}
