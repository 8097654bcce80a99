//! Reads what strace wrote down: one process's system calls, each with where it began and ended.
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Everything that can change a file or a directory, or make a change durable.
const CALLS: &str = "open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,rename,renameat,renameat2,\
    ftruncate,truncate,fallocate,fsync,fdatasync,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,\
    symlink,symlinkat,copy_file_range,sendfile,dup,dup2,dup3,fcntl,lseek";

/// A system call; places are line numbers, counted on through several logs.
#[derive(Debug)]
pub struct Call {
    pub begun: usize,
    /// `usize::MAX` where the process ended first.
    pub ended: usize,
    pub name: String,
    pub args: Vec<String>,
    /// What it returned; -1 for an error.
    pub result: i64,
}

/// Runs this test executable's `child` test under strace; returns the path of the log.
pub fn record(child: &str, variables: &[(&str, &Path)], log: &Path) {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-xx", "-s", "16777216", "-e"])
        .arg(format!("trace={CALLS}"))
        .arg("-o")
        .arg(log)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", child, "--nocapture", "--test-threads=1"])
        .stdout(Stdio::null());
    for (name, value) in variables {
        command.env(name, value);
    }
    let status = command.status().unwrap_or_else(|error| {
        panic!("strace can't be started ({error}): install it (Debian: apt-get install strace)")
    });
    assert!(
        status.success(),
        "the writer under strace failed ({status}); if strace says \"Operation not permitted\", \
         this sandbox forbids ptrace: run the tests where it is allowed (docker: --cap-add=SYS_PTRACE)"
    );
}

/// The calls of one log in the order in which they count; places count on from `from`.
pub fn read(log: &Path, from: usize) -> (Vec<Call>, usize) {
    let text = fs::read_to_string(log).unwrap();
    let mut calls: Vec<Call> = Vec::new();
    let mut open: Vec<(String, String, usize)> = Vec::new();
    let mut place = from;
    for line in text.lines() {
        place += 1;
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix("<unfinished ...>") {
            open.push((thread.to_owned(), begun.trim_end().to_owned(), place));
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some(at) = open.iter().position(|(whose, ..)| whose == thread) else {
                continue;
            };
            let (_, begun, started) = open.remove(at);
            let tail = resumed.split_once("resumed>").unwrap().1;
            calls.extend(call(&format!("{begun}{tail}"), started, place));
        } else {
            calls.extend(call(rest, place, place));
        }
    }
    for (_, begun, started) in open {
        calls.extend(call(&format!("{begun}) = 0"), started, usize::MAX));
    }
    // A descriptor belongs to the file once it is given out, and not while that is under way.
    calls.sort_by_key(|call| match call.name.as_str() {
        "open" | "openat" | "creat" | "dup" | "dup2" | "dup3" | "fcntl" => call.ended,
        _ => call.begun,
    });
    (calls, place)
}

fn call(text: &str, begun: usize, ended: usize) -> Option<Call> {
    // Signals and exits are told as "--- … ---" and "+++ … +++".
    let (name, rest) = text.split_once('(')?;
    if !name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    {
        return None;
    }
    let (args, result) = rest.rsplit_once(") = ").or_else(|| {
        let (args, result) = rest.rsplit_once(" = ")?;
        Some((args.trim_end().trim_end_matches(')'), result))
    })?;
    let number: String = result
        .chars()
        .take_while(|c| *c == '-' || c.is_ascii_digit())
        .collect();
    Some(Call {
        begun,
        ended,
        name: name.to_owned(),
        args: args.split(", ").map(str::to_owned).collect(),
        result: number.parse().unwrap_or(-1),
    })
}

/// The bytes of an argument that is a string, written by strace in hexadecimal.
pub fn bytes(arg: &str) -> Vec<u8> {
    let inner = arg
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or_else(|| {
            panic!(
                "strace cut a string short: {}",
                &arg[arg.len().saturating_sub(40)..]
            )
        });
    inner
        .split("\\x")
        .skip(1)
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

pub fn text(arg: &str) -> String {
    String::from_utf8(bytes(arg)).unwrap()
}
