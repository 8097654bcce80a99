//! The files that pages need (styles, fonts, icons, script), all inside the binary, and their licences.
//!
//! An address holds a hash of all of them, so a browser may keep what it got for ever
//! (`Cache-Control: public, max-age=31536000, immutable`); an address of another build is not found.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;

/// One embedded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    pub bytes: &'static [u8],
    pub media_type: &'static str,
    /// Quoted, ready for the `ETag` header.
    pub etag: &'static str,
}

/// What is bundled beside the crates, and under which terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundled {
    pub name: &'static str,
    /// What it is used for, in Danish.
    pub role: &'static str,
    /// SPDX identifier.
    pub licence: &'static str,
    /// The terms in full.
    pub text: &'static str,
}

/// A crate linked into the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crate {
    pub name: &'static str,
    pub version: &'static str,
    /// SPDX expression as the crate states it; empty if it states none.
    pub licence: &'static str,
    pub repository: &'static str,
}

/// The design system and Samsvar's own styles as one text for a page that stands alone: it refers to no other file.
pub const STYLES: &str = include_str!(concat!(env!("OUT_DIR"), "/standalone.css"));

/// The file at a whole URL path such as `/statisk/<hash>/css/dkfds.css`.
pub fn find(path: &str) -> Option<Asset> {
    let name = path.strip_prefix(ROOT)?;
    let row = ASSETS
        .binary_search_by(|(path, _)| (*path).cmp(name))
        .ok()?;
    ASSETS.get(row).map(|(_, asset)| *asset)
}

/// The same file as small as gzip makes it, once for all visitors; `None` for fonts, which are compressed already.
///
/// What is packed anew for each visitor has to be packed in a hurry, and is two thirds larger.
pub fn gzipped(path: &str) -> Option<&'static [u8]> {
    static PACKED: LazyLock<BTreeMap<&str, Vec<u8>>> = LazyLock::new(|| {
        let texts = ASSETS
            .iter()
            .filter(|(_, asset)| !asset.media_type.starts_with("font/"));
        texts
            .filter_map(|(name, asset)| Some((*name, packed(asset.bytes)?)))
            .collect()
    });
    PACKED.get(path.strip_prefix(ROOT)?).map(Vec::as_slice)
}

fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// URL paths for `<link rel="stylesheet">`, in the order they must stand.
pub fn stylesheet_hrefs() -> &'static [&'static str] {
    &STYLESHEETS
}

/// URL path for `<script type="module">`; every page works without it.
pub fn script_href() -> &'static str {
    SCRIPT
}

/// URL for `<use href>`; the names are the design system's, such as `print` or `arrow-back`.
pub fn icon_href(name: &str) -> String {
    format!("{ICONS}#{name}")
}

/// Tells one build's set of files from another's.
pub fn release() -> &'static str {
    RELEASE
}

/// What the pages are made of that others wrote.
pub fn bundled() -> &'static [Bundled] {
    &BUNDLED
}

/// All crates in the program, by name; empty when the build could not list them.
pub fn crates() -> &'static [Crate] {
    CRATES
}

static BUNDLED: [Bundled; 3] = [
    Bundled {
        name: "Det Fælles Designsystem (dkfds)",
        role: "Sidernes udseende",
        licence: "MIT",
        text: include_str!(concat!(env!("OUT_DIR"), "/dkfds.txt")),
    },
    Bundled {
        name: "IBM Plex Sans",
        role: "Skrifttype",
        licence: "OFL-1.1",
        text: include_str!(concat!(env!("OUT_DIR"), "/OFL-1.1.txt")),
    },
    Bundled {
        name: "Material Symbols, Material Design Icons",
        role: "Ikoner",
        licence: "Apache-2.0",
        text: include_str!("web/assets/licences/Apache-2.0.txt"),
    },
];

static CRATES: &[Crate] = include!(concat!(env!("OUT_DIR"), "/crates.rs"));

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    fn text(href: &str) -> &'static str {
        let asset = find(href).expect("the file is embedded");
        std::str::from_utf8(asset.bytes).expect("it is text")
    }

    #[test]
    fn every_address_in_a_stylesheet_is_embedded() {
        for href in stylesheet_hrefs() {
            let sheet = text(href);
            assert!(!sheet.contains("sourceMappingURL"));
            for (start, opening) in sheet.match_indices("url(../") {
                let end = start + sheet[start..].find(')').expect("closed");
                let path = format!("{ROOT}{}", &sheet[start + opening.len()..end]);
                assert!(find(&path).is_some(), "{path} is missing");
            }
        }
    }

    #[test]
    fn every_script_that_a_script_imports_is_embedded() {
        let folder = script_href().trim_end_matches("script.js");
        let scripts = ASSETS.iter().filter(|(path, _)| path.ends_with(".js"));
        let mut imports = 0;
        for (path, asset) in scripts {
            let script = std::str::from_utf8(asset.bytes).expect("it is text");
            for line in script.lines().filter(|line| line.starts_with("import")) {
                let (_, name) = line.split_once("\"./").expect("a script of ours");
                let name = name.trim_end_matches("\";");
                let found = find(&format!("{folder}{name}"));
                assert!(found.is_some(), "{name} is missing for {path}");
                imports += 1;
            }
        }
        assert!(imports > 0);
    }

    #[test]
    fn the_standalone_styles_refer_to_nothing_outside() {
        for (start, _) in STYLES.match_indices("url(") {
            assert!(STYLES[start..].starts_with("url(\"data:"));
        }
        assert!(!STYLES.contains("@import"));
        assert!(!STYLES.contains("</"));
    }

    #[test]
    fn no_logo_of_an_authority_is_bundled() {
        assert!(ASSETS.iter().all(|(path, _)| !path.contains("logo")));
    }

    #[test]
    fn an_address_of_another_build_is_not_found() {
        assert_eq!(find("/statisk/0000000000000000/css/dkfds.css"), None);
        assert_eq!(find("/statisk/../Cargo.toml"), None);
    }

    #[test]
    fn every_file_has_its_media_type_and_a_quoted_etag() {
        let font = format!("{ROOT}fonts/IBMPlexSans/complete/woff2/IBMPlexSans-Regular.woff2");
        let asset = find(&font).expect("the regular face is embedded");
        assert_eq!(asset.media_type, "font/woff2");
        assert!(asset.etag.starts_with('"') && asset.etag.ends_with('"'));
        assert!(find(script_href()).is_some());
        assert!(find(ICONS).is_some());
    }

    #[test]
    fn every_crate_states_a_licence() {
        assert!(crates().iter().any(|known| known.name == "sled"));
        for known in crates() {
            assert!(!known.licence.is_empty(), "{} states none", known.name);
        }
    }
}
