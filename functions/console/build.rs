//! Takes in the console's built files: each as it is and compressed, with a tag of its bytes.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// The media type of each kind of file that there is.
const MEDIA: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    let assets = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("assets");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let mut list = String::new();
    let mut paths = fs::read_dir(&assets)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name is no text")?;
        let extension = path.extension().and_then(|one| one.to_str()).unwrap_or_default();
        let media = MEDIA.iter().find(|(kind, _)| *kind == extension);
        let (_, media) = media.ok_or_else(|| format!("{name}: of no known kind"))?;
        let plain = fs::read(&path)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain)?;
        fs::write(out.join(format!("{name}.gz")), encoder.finish()?)?;
        let digest = Sha256::digest(&plain);
        let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        // By the variables that say where they are: a checkout may be moved, with its target.
        let plain = format!(r#"concat!(env!("CARGO_MANIFEST_DIR"), "/assets/{name}")"#);
        let packed = format!(r#"concat!(env!("OUT_DIR"), "/{name}.gz")"#);
        writeln!(
            list,
            "File {{ name: {name:?}, media: {media:?}, tag: {:?}, plain: include_bytes!({plain}), packed: include_bytes!({packed}) }},",
            format!("W/\"{tag}\""),
        )?;
    }
    fs::write(out.join("files.rs"), format!("&[{list}]"))?;
    Ok(())
}
