//! Builds the design system into the binary: the program serves every file that its pages need.
#![allow(
    clippy::print_stdout,
    reason = "printing is how a build script talks to cargo"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The faces that the pages' weights ask for; browsers slant or thicken these for the rest.
const FONTS: &str = "fonts/IBMPlexSans/complete/woff2";
const TRUETYPE: &str = "fonts/IBMPlexSans/complete/ttf";
const FACES: [&str; 5] = ["Regular", "Italic", "Medium", "SemiBold", "Bold"];
/// All icons in one file, for `<use href="…#name">`.
const SPRITE: &str = "img/all-svg-icons.svg";
const OWN: &str = "src/web/assets";
/// Read in this order into the second stylesheet; one that is not there is left out.
const OWN_STYLES: [&str; 2] = ["site.css", "forms.css"];

fn main() -> Outcome<()> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for watched in ["build.rs", "package-lock.json", "Cargo.lock", OWN] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let design = design_system(&root)?;
    let assets = collect(&design, &root.join(OWN))?;
    write_assets(&assets, &out)?;
    write_standalone(&design, &root.join(OWN), &out)?;
    fs::copy(
        design.join(FONTS).join("license.txt"),
        out.join("OFL-1.1.txt"),
    )?;
    // The PDF copy of an answer embeds what it uses of these.
    for face in ["Regular", "Bold"] {
        let name = format!("IBMPlexSans-{face}.ttf");
        fs::copy(design.join(TRUETYPE).join(&name), out.join(&name))?;
    }
    fs::copy(design.join("LICENSE.md"), out.join("dkfds.txt"))?;
    fs::write(out.join("crates.rs"), crates(&root))?;
    Ok(())
}

/// The folder of the design system's built files, fetched first if it is missing or of another version.
fn design_system(root: &Path) -> Outcome<PathBuf> {
    let package = root.join("node_modules/dkfds");
    let wanted = version_in(&root.join("package-lock.json"), "\"node_modules/dkfds\"")?;
    let present = version_in(&package.join("package.json"), "{").ok();
    if present.as_ref() != Some(&wanted) {
        npm_ci(root)?;
    }
    Ok(package.join("dist"))
}

/// The first `"version": "…"` after `start`: both files are npm's own and are written that way.
fn version_in(file: &Path, start: &str) -> Outcome<String> {
    let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once("\"version\":"))
        .and_then(|(_, rest)| rest.split('"').nth(1))
        .map(str::to_owned)
        .ok_or_else(|| format!("{}: no version found", file.display()).into())
}

fn npm_ci(root: &Path) -> Outcome<()> {
    let arguments = [
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ];
    let ended = Command::new("npm")
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|e| format!("the design system is fetched with npm, which did not start ({e}); install Node.js with npm, or run `npm ci` elsewhere and copy node_modules here"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    Err(format!("`npm {}` failed: {said}", arguments.join(" ")).into())
}

/// Every file the server hands out, by its path below `/statisk/<hash>/`.
fn collect(design: &Path, own: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let sheet = design_sheet(design)?;
    let mut assets = BTreeMap::new();
    for (reference, path) in references(&sheet) {
        let file = design.join(path);
        let bytes = fs::read(&file).map_err(|e| format!("{reference}: {e}"))?;
        assets.insert(path.to_owned(), bytes);
    }
    assets.insert(SPRITE.to_owned(), fs::read(design.join(SPRITE))?);
    assets.insert("css/dkfds.css".to_owned(), sheet.into_bytes());
    assets.insert("css/samsvar.css".to_owned(), own_sheet(own)?.into_bytes());
    for script in [
        "script.js",
        "autosave.js",
        "shelf.js",
        "redraw.js",
        "fields.js",
        "live.js",
        "exports.js",
        "turning.js",
    ] {
        assets.insert(format!("js/{script}"), fs::read(own.join(script))?);
    }
    Ok(assets)
}

/// The design system's stylesheet without what no page uses: logos, old font formats and one class per icon.
///
/// Its relative addresses stay as they are, because files keep their places under the hashed path.
fn design_sheet(design: &Path) -> Outcome<String> {
    let sheet = fs::read_to_string(design.join("css/dkfds.min.css"))?;
    let sheet = sheet.split("/*# sourceMappingURL").next().unwrap_or("");
    let mut kept = String::with_capacity(sheet.len());
    for rule in sheet.split_inclusive('}') {
        if rule.starts_with("@font-face") {
            kept.push_str(&woff2_only(rule));
        } else if rule.starts_with(".icon-") && rule.contains(":not(a){background-image:url(") {
            continue;
        } else if rule.contains("url(../img/logo") {
            kept.push_str(&without_logo(rule));
        } else {
            kept.push_str(rule);
        }
    }
    Ok(kept)
}

/// The font rule with its WOFF2 file alone, or nothing for a face that is not bundled.
fn woff2_only(rule: &str) -> String {
    let source = FACES.iter().find_map(|face| {
        let file = format!("{FONTS}/IBMPlexSans-{face}.woff2");
        rule.contains(&file).then_some(file)
    });
    match (source, rule.split_once("src:")) {
        (Some(file), Some((head, _))) => {
            format!("{head}src:url(../{file}) format(\"woff2\")}}")
        }
        _ => String::new(),
    }
}

fn without_logo(rule: &str) -> String {
    let (before, rest) = rule.split_once("url(../img/logo").unwrap_or((rule, ""));
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    format!("{before}none{after}")
}

/// Each `url(../path)` as written, and its path.
fn references(sheet: &str) -> Vec<(&str, &str)> {
    sheet
        .match_indices("url(../")
        .filter_map(|(start, opening)| {
            let end = start + sheet[start..].find(')')?;
            Some((&sheet[start..=end], &sheet[start + opening.len()..end]))
        })
        .collect()
}

fn own_sheet(own: &Path) -> Outcome<String> {
    let mut sheet = String::new();
    for name in OWN_STYLES {
        let file = own.join(name);
        if file.exists() {
            sheet.push_str(&fs::read_to_string(file)?);
        }
    }
    Ok(sheet)
}

/// Both stylesheets in one text that refers to no other file: fonts are the reader's own, icons are inline.
fn write_standalone(design: &Path, own: &Path, out: &Path) -> Outcome<()> {
    let mut sheet: String = design_sheet(design)?
        .split_inclusive('}')
        .filter(|rule| !rule.starts_with("@font-face"))
        .collect();
    for (reference, path) in references(&sheet.clone()) {
        let icon = fs::read_to_string(design.join(path))?;
        sheet = sheet.replace(reference, &data_url(&icon));
    }
    sheet.push_str(&own_sheet(own)?);
    fs::write(out.join("standalone.css"), sheet)?;
    Ok(())
}

fn data_url(svg: &str) -> String {
    let mut url = String::from("url(\"data:image/svg+xml,");
    for byte in svg.trim().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'/' | b' ' | b'=' | b':' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url.push_str("\")");
    url
}

/// Copies the files out and writes the table that `src/assets.rs` includes.
fn write_assets(assets: &BTreeMap<String, Vec<u8>>, out: &Path) -> Outcome<()> {
    let release = release_hash(assets);
    let mut table = format!(
        "const RELEASE: &str = {release:?};\nconst ROOT: &str = \"/statisk/{release}/\";\nstatic STYLESHEETS: [&str; 2] = [\"/statisk/{release}/css/dkfds.css\", \"/statisk/{release}/css/samsvar.css\"];\nconst SCRIPT: &str = \"/statisk/{release}/js/script.js\";\nconst ICONS: &str = \"/statisk/{release}/{SPRITE}\";\nstatic ASSETS: &[(&str, Asset)] = &[\n"
    );
    for (path, bytes) in assets {
        let file = out.join("assets").join(path);
        fs::create_dir_all(file.parent().unwrap_or(out))?;
        fs::write(&file, bytes)?;
        let media_type = media_type(path)?;
        let etag = format!("\"{}\"", &hex(&Sha256::digest(bytes))[..32]);
        writeln!(
            table,
            "    ({path:?}, Asset {{ bytes: include_bytes!({file:?}), media_type: {media_type:?}, etag: {etag:?} }}),"
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// Changes whenever any file or name does, so that addresses under it may be kept for ever.
fn release_hash(assets: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in assets {
        hash.update(path.as_bytes());
        hash.update(Sha256::digest(bytes));
    }
    hex(&hash.finalize())[..16].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

fn media_type(path: &str) -> Outcome<&'static str> {
    match path.rsplit('.').next() {
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("js") => Ok("text/javascript; charset=utf-8"),
        Some("svg") => Ok("image/svg+xml"),
        Some("woff2") => Ok("font/woff2"),
        _ => Err(format!("{path}: no media type is known for this file").into()),
    }
}

/// The crates linked into the program, as rows for `src/assets.rs`; none, with a warning, if cargo can't say.
fn crates(root: &Path) -> String {
    match dependency_tree(root) {
        Ok(tree) => crate_rows(&tree),
        Err(reason) => {
            println!("cargo::warning=the list of crates' licences is left out: {reason}");
            "&[]\n".to_owned()
        }
    }
}

/// `cargo tree` and not `cargo metadata`: the latter wants crates that only tests use on disk too.
fn dependency_tree(root: &Path) -> Outcome<String> {
    let ended = Command::new(std::env::var("CARGO")?)
        .args(["tree", "--offline", "--locked", "--edges", "normal"])
        .args(["--package", "samsvar", "--prefix", "none", "--target"])
        .arg(std::env::var("TARGET")?)
        .args(["--format", "{p}\t{l}\t{r}"])
        .current_dir(root)
        .output()?;
    if ended.status.success() {
        Ok(String::from_utf8(ended.stdout)?)
    } else {
        Err(String::from_utf8_lossy(&ended.stderr)
            .replace('\n', " ")
            .into())
    }
}

fn crate_rows(tree: &str) -> String {
    let mut rows: Vec<String> = tree
        .lines()
        .filter(|line| !line.starts_with("samsvar"))
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let mut package = columns.next()?.split(' ');
            let (name, version) = (package.next()?, package.next()?.trim_start_matches('v'));
            let (licence, repository) = (columns.next()?, columns.next()?);
            let repository = repository.trim_end_matches("(*)").trim();
            Some(format!("    Crate {{ name: {name:?}, version: {version:?}, licence: {licence:?}, repository: {repository:?} }},\n"))
        })
        .collect();
    rows.sort_unstable();
    rows.dedup();
    format!("&[\n{}]\n", rows.concat())
}
