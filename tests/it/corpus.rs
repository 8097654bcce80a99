//! Feeds every file that the fuzzer's corpus keeps, and small changes of it, to what must never panic.
//!
//! `SAMSVAR_FUZZ_ROUNDS` asks for more changes than the usual run makes.
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Pieces that readers stumble over.
const PIECES: [&[u8]; 14] = [
    b"\0",
    b"\xff\xfe",
    b"\n",
    b";",
    b"\"",
    b"{",
    b"}",
    b"[[[[",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"null",
    b"\xc3\xa6",
    b"$ref",
];

#[test]
fn whatever_is_fed_is_read_or_refused() {
    let rounds = std::env::var("SAMSVAR_FUZZ_ROUNDS").ok();
    let rounds = rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(10);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in targets::ALL {
        let mut files: Vec<_> = fs::read_dir(root.join(name))
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no corpus");
        let corpus: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        let mut random = 7_u64;
        for (file, bytes) in files.iter().zip(&corpus) {
            fed(name, target, bytes, &file.display().to_string());
            for round in 0..rounds {
                let changed = changed(bytes, &corpus, &mut random);
                fed(
                    name,
                    target,
                    &changed,
                    &format!("{}, change {round}", file.display()),
                );
            }
        }
    }
}

#[track_caller]
fn fed(name: &str, target: targets::Target, bytes: &[u8], what: &str) {
    if catch_unwind(|| target(bytes)).is_err() {
        let kept = std::env::temp_dir().join(format!("samsvar-{name}-finding"));
        fs::write(&kept, bytes).unwrap();
        panic!("{name}: {what}; the input is kept as {}", kept.display());
    }
}

fn changed(bytes: &[u8], corpus: &[Vec<u8>], random: &mut u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + below(random, 4) {
        let at = below(random, bytes.len() + 1);
        let to = (at + below(random, 12)).min(bytes.len());
        match below(random, 5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << below(random, 8),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let piece = PIECES[below(random, PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(to..to, again);
            }
            _ => {
                let other = &corpus[below(random, corpus.len())];
                let from = below(random, other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
    bytes
}

fn below(random: &mut u64, most: usize) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    usize::try_from(*random % most as u64).unwrap()
}
