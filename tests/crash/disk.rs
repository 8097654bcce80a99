//! What a disk may hold after the power was cut: a model of one directory, fed with the recorded calls.
//!
//! A write is durable once an fsync or fdatasync of its file, begun after the write ended, has
//! ended; a name once the same holds for its directory. Everything else may be there or not, in
//! any order, and in parts of 512 bytes.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::random::Random;
use crate::trace::{self, Call};

const SECTOR: usize = 512;
const NEVER: usize = usize::MAX;

#[derive(Debug, Clone)]
enum Effect {
    Write {
        node: usize,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        node: usize,
        len: usize,
    },
    Create {
        path: PathBuf,
        node: usize,
    },
    Mkdir {
        path: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
        node: usize,
    },
}

impl Effect {
    /// The directory whose sync makes it durable, for changes of names.
    fn dir(&self) -> Option<&Path> {
        match self {
            Self::Create { path, .. } | Self::Mkdir { path } | Self::Remove { path } => {
                path.parent()
            }
            Self::Rename { to, .. } => to.parent(),
            Self::Write { .. } | Self::Truncate { .. } => None,
        }
    }

    fn node(&self) -> Option<usize> {
        match self {
            Self::Write { node, .. } | Self::Truncate { node, .. } => Some(*node),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
struct Step {
    begun: usize,
    ended: usize,
    effect: Effect,
    /// From this place on it survives.
    durable: usize,
    of_index: bool,
}

/// Which syncs of a recording count; all but in tests of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    All,
    /// None at all.
    None,
    /// Those of files only: names are never durable.
    FilesOnly,
}

/// The recorded history of one directory.
pub struct Recording {
    steps: Vec<Step>,
    /// Where each acknowledgement was given, and what it said.
    pub acks: Vec<(usize, String)>,
    /// One past the last place.
    pub end: usize,
}

#[derive(Clone)]
enum Open {
    File {
        node: usize,
        at: usize,
        append: bool,
    },
    Dir(PathBuf),
    Acks,
}

/// A directory as the power cut left it: files and their content.
#[derive(Debug, Clone, Default)]
pub struct Left {
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    pub dirs: BTreeSet<PathBuf>,
}

/// Follows the calls of one process after another.
struct Follower<'a> {
    root: &'a Path,
    ack_file: &'a Path,
    syncs: Syncs,
    open: HashMap<i64, Open>,
    names: HashMap<PathBuf, usize>,
    lengths: Vec<usize>,
    of_index: Vec<bool>,
    recording: Recording,
}

impl Recording {
    /// `root`'s content was `base`, all of it durable, before the logs began.
    pub fn of(root: &Path, ack_file: &Path, base: &Left, logs: &[PathBuf], syncs: Syncs) -> Self {
        let mut follower = Follower {
            root,
            ack_file,
            syncs,
            open: HashMap::new(),
            names: HashMap::new(),
            lengths: Vec::new(),
            of_index: Vec::new(),
            recording: Self {
                steps: Vec::new(),
                acks: Vec::new(),
                end: 1,
            },
        };
        follower.begin_with(base);
        for log in logs {
            let (calls, end) = trace::read(log, follower.recording.end);
            follower.open.clear();
            calls.iter().for_each(|call| follower.take(call));
            follower.recording.end = end + 1;
        }
        follower.recording
    }

    /// Places at which something changed or was acknowledged: the power may go just before or after.
    pub fn places(&self) -> Vec<usize> {
        let mut places: BTreeSet<usize> = self.acks.iter().map(|(place, _)| *place + 1).collect();
        for step in &self.steps {
            places.extend([step.begun, step.begun + 1]);
            if step.durable != NEVER && step.durable > 0 {
                places.extend([step.durable, step.durable + 1]);
            }
        }
        places.remove(&0);
        places.into_iter().collect()
    }

    /// Those of the places at which at least so many written bytes were not yet durable.
    pub fn unsettled(&self, least: usize) -> Vec<usize> {
        let mut places = self.places();
        places.retain(|cut| {
            let open = |step: &&Step| step.begun < *cut && step.durable >= *cut && !step.of_index;
            let bytes = self
                .steps
                .iter()
                .filter(open)
                .map(|step| match &step.effect {
                    Effect::Write { bytes, .. } => bytes.len(),
                    _ => 0,
                });
            bytes.sum::<usize>() >= least
        });
        places
    }

    /// What was acknowledged before `cut`.
    pub fn acknowledged(&self, cut: usize) -> impl Iterator<Item = &str> {
        self.acks
            .iter()
            .filter(move |(place, _)| *place < cut)
            .map(|(_, text)| text.as_str())
    }

    /// One of the states that the disk may be in when the power goes just before `cut`.
    ///
    /// The index is not believed after a restart, so most states can do without its bulk.
    pub fn left(&self, cut: usize, fate: Fate, with_index: bool, random: &mut Random) -> Left {
        let mut names: BTreeMap<PathBuf, usize> = BTreeMap::new();
        let mut dirs = BTreeSet::new();
        let mut contents: HashMap<usize, Vec<u8>> = HashMap::new();
        let wanted = |step: &&Step| step.begun < cut && (with_index || !step.of_index);
        for step in self.steps.iter().filter(wanted) {
            let safe = step.durable < cut;
            match &step.effect {
                Effect::Write { node, at, bytes } => {
                    let content = contents.entry(*node).or_default();
                    fate.write(content, *at, bytes, safe, random);
                }
                change if safe || fate.keeps(random) => match change {
                    Effect::Truncate { node, len } => {
                        contents.entry(*node).or_default().resize(*len, 0)
                    }
                    Effect::Create { path, node } => drop(names.insert(path.clone(), *node)),
                    Effect::Mkdir { path } => drop(dirs.insert(path.clone())),
                    Effect::Remove { path } => {
                        names.remove(path);
                        dirs.remove(path);
                    }
                    Effect::Rename { from, to, node } => {
                        names.remove(from);
                        names.insert(to.clone(), *node);
                    }
                    Effect::Write { .. } => unreachable!(),
                },
                _ => {}
            }
        }
        let there = |path: &Path| {
            path.ancestors()
                .skip(1)
                .take_while(|dir| dir.components().count() > 0)
                .all(|dir| dirs.contains(dir))
        };
        let kept_dirs: BTreeSet<_> = dirs.iter().filter(|dir| there(dir)).cloned().collect();
        let files = names
            .into_iter()
            .filter(|(path, _)| there(path))
            .map(|(path, node)| (path, contents.get(&node).cloned().unwrap_or_default()))
            .collect();
        Left {
            files,
            dirs: kept_dirs,
        }
    }
}

/// How the disk treats what was not yet durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// All of it is gone.
    Dropped,
    /// All of it is there, as after a killed process.
    Kept,
    /// Each change is there or not, whatever came before it.
    Reordered,
    /// Reordered, and writes are torn at 512 bytes; what is missing reads as zeros.
    Torn,
}

impl Fate {
    /// Torn writes leave the most different states.
    pub const MIX: [Self; 8] = [
        Self::Dropped,
        Self::Torn,
        Self::Reordered,
        Self::Torn,
        Self::Kept,
        Self::Torn,
        Self::Torn,
        Self::Torn,
    ];

    fn keeps(self, random: &mut Random) -> bool {
        match self {
            Self::Dropped => false,
            Self::Kept => true,
            Self::Reordered | Self::Torn => random.below(2) == 0,
        }
    }

    fn write(
        self,
        content: &mut Vec<u8>,
        at: usize,
        bytes: &[u8],
        safe: bool,
        random: &mut Random,
    ) {
        if safe || self == Self::Kept {
            return put(content, at, bytes);
        }
        match self {
            Self::Dropped => {}
            Self::Reordered if random.below(2) == 0 => put(content, at, bytes),
            Self::Torn => {
                // The length may have reached the disk before the bytes.
                if random.below(3) == 0 && content.len() < at + bytes.len() {
                    content.resize(at + bytes.len(), 0);
                }
                let mut from = 0;
                while from < bytes.len() {
                    let to = ((at + from) / SECTOR + 1) * SECTOR - at;
                    let to = to.min(bytes.len());
                    if random.below(2) == 0 {
                        put(content, at + from, &bytes[from..to]);
                    }
                    from = to;
                }
            }
            _ => {}
        }
    }
}

fn in_index(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str().to_string_lossy().starts_with("index"))
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Left {
    pub fn read(root: &Path) -> Self {
        let mut left = Self::default();
        left.read_dir(root, Path::new(""));
        left
    }

    fn read_dir(&mut self, root: &Path, below: &Path) {
        let Ok(entries) = fs::read_dir(root.join(below)) else {
            return;
        };
        for entry in entries.flatten() {
            let path = below.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.dirs.insert(path.clone());
                self.read_dir(root, &path);
            } else {
                self.files.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }

    pub fn write(&self, root: &Path) {
        fs::create_dir_all(root).unwrap();
        for dir in &self.dirs {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        for (path, content) in &self.files {
            fs::write(root.join(path), content).unwrap();
        }
    }

    /// Stands for the state; the index is left out, because it is only a picture of the rest.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (path, content) in self.files.iter().filter(|(path, _)| !in_index(path)) {
            (path, content).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The machine starts again: what named the boot of the recording names an earlier one.
    pub fn after_restart(mut self) -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        let (boot, other) = (boot.trim().as_bytes(), "0".repeat(boot.trim().len()));
        for content in self.files.values_mut() {
            let found = content
                .windows(boot.len())
                .position(|window| window == boot);
            if let Some(at) = found {
                content[at..at + boot.len()].copy_from_slice(other.as_bytes());
            }
        }
        self
    }
}

impl Follower<'_> {
    fn begin_with(&mut self, base: &Left) {
        for dir in &base.dirs {
            self.step_always(Effect::Mkdir { path: dir.clone() });
        }
        for (path, content) in &base.files {
            let node = self.new_node(path.clone());
            self.lengths[node] = content.len();
            self.step_always(Effect::Create {
                path: path.clone(),
                node,
            });
            self.step_always(Effect::Write {
                node,
                at: 0,
                bytes: content.clone(),
            });
        }
    }

    fn step_always(&mut self, effect: Effect) {
        self.push(0, 0, effect, 0);
    }

    fn push(&mut self, begun: usize, ended: usize, effect: Effect, durable: usize) {
        let of_index = match &effect {
            Effect::Create { path, .. } | Effect::Mkdir { path } | Effect::Remove { path } => {
                in_index(path)
            }
            Effect::Rename { to, .. } => in_index(to),
            Effect::Write { node, .. } | Effect::Truncate { node, .. } => self.of_index[*node],
        };
        self.recording.steps.push(Step {
            begun,
            ended,
            effect,
            durable,
            of_index,
        });
    }

    fn new_node(&mut self, path: PathBuf) -> usize {
        self.lengths.push(0);
        self.of_index.push(in_index(&path));
        self.names.insert(path, self.lengths.len() - 1);
        self.lengths.len() - 1
    }

    fn step(&mut self, call: &Call, effect: Effect) {
        self.push(call.begun, call.ended, effect, NEVER);
    }

    /// The path below the root, if the argument names one.
    fn path(&self, dir: Option<&str>, name: &str) -> Option<PathBuf> {
        let name = PathBuf::from(trace::text(name));
        if name.is_absolute() {
            return name.strip_prefix(self.root).ok().map(Path::to_owned);
        }
        match self.open.get(&dir?.parse().ok()?)? {
            Open::Dir(dir) => Some(dir.join(name)),
            _ => None,
        }
    }

    fn take(&mut self, call: &Call) {
        if call.result < 0 {
            return;
        }
        let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
        let fd = || args[0].parse::<i64>().unwrap_or(-1);
        match call.name.as_str() {
            "openat" => self.opened(call, Some(args[0]), args[1], args[2]),
            "open" => self.opened(call, None, args[0], args[1]),
            "write" => self.written(call, fd(), args[1], None),
            "pwrite64" => self.written(call, fd(), args[1], Some(args[3].parse().unwrap())),
            "fsync" | "fdatasync" => self.synced(call, fd()),
            "ftruncate" => self.truncated(call, fd(), args[1].parse().unwrap()),
            "mkdir" => self.made(call, None, args[0]),
            "mkdirat" => self.made(call, Some(args[0]), args[1]),
            "unlink" | "rmdir" => self.removed(call, None, args[0]),
            "unlinkat" => self.removed(call, Some(args[0]), args[1]),
            "rename" => self.renamed(call, (None, args[0]), (None, args[1])),
            "renameat" | "renameat2" => {
                self.renamed(call, (Some(args[0]), args[1]), (Some(args[2]), args[3]))
            }
            "fcntl" if args[1].starts_with("F_DUPFD") => self.copied(call, fd()),
            "dup" | "dup2" | "dup3" => self.copied(call, fd()),
            "lseek" => self.moved(call, fd()),
            "fcntl" => {}
            other => assert!(
                !self.open.contains_key(&fd())
                    && !args
                        .iter()
                        .any(|arg| arg.starts_with('"') && self.path(None, arg).is_some()),
                "the model does not know {other}"
            ),
        }
    }

    fn opened(&mut self, call: &Call, dir: Option<&str>, name: &str, flags: &str) {
        self.open.remove(&call.result);
        if Path::new(&trace::text(name)) == self.ack_file {
            self.open.insert(call.result, Open::Acks);
            return;
        }
        let Some(path) = self.path(dir, name) else {
            return;
        };
        let node = match self.names.get(&path) {
            Some(node) => *node,
            None if flags.contains("O_CREAT") => {
                let node = self.new_node(path.clone());
                self.step(call, Effect::Create { path, node });
                node
            }
            None => {
                self.open.insert(call.result, Open::Dir(path));
                return;
            }
        };
        if flags.contains("O_TRUNC") && self.lengths[node] > 0 {
            self.lengths[node] = 0;
            self.step(call, Effect::Truncate { node, len: 0 });
        }
        let append = flags.contains("O_APPEND");
        self.open.insert(
            call.result,
            Open::File {
                node,
                at: 0,
                append,
            },
        );
    }

    fn written(&mut self, call: &Call, fd: i64, data: &str, place: Option<usize>) {
        let (node, at) = match self.open.get_mut(&fd) {
            Some(Open::Acks) => {
                let text = trace::text(data);
                self.recording
                    .acks
                    .push((call.begun, text.trim_end().to_owned()));
                return;
            }
            Some(Open::File { node, at, append }) => {
                let start = match place {
                    Some(place) => place,
                    None if *append => self.lengths[*node],
                    None => *at,
                };
                if place.is_none() {
                    *at = start + usize::try_from(call.result).unwrap();
                }
                (*node, start)
            }
            _ => return,
        };
        let mut bytes = trace::bytes(data);
        if call.ended != NEVER {
            bytes.truncate(usize::try_from(call.result).unwrap());
        }
        self.lengths[node] = self.lengths[node].max(at + bytes.len());
        self.step(call, Effect::Write { node, at, bytes });
    }

    fn synced(&mut self, call: &Call, fd: i64) {
        let covers: Box<dyn Fn(&Effect) -> bool> = match self.open.get(&fd) {
            _ if self.syncs == Syncs::None || call.ended == NEVER => return,
            Some(Open::File { node, .. }) => {
                let node = *node;
                Box::new(move |effect| effect.node() == Some(node))
            }
            Some(Open::Dir(dir)) if self.syncs == Syncs::All => {
                let dir = dir.clone();
                Box::new(move |effect| effect.dir() == Some(&dir))
            }
            _ => return,
        };
        for step in &mut self.recording.steps {
            if step.ended < call.begun && step.durable == NEVER && covers(&step.effect) {
                step.durable = call.ended;
            }
        }
    }

    fn truncated(&mut self, call: &Call, fd: i64, len: usize) {
        if let Some(Open::File { node, .. }) = self.open.get(&fd) {
            let node = *node;
            self.lengths[node] = len;
            self.step(call, Effect::Truncate { node, len });
        }
    }

    fn made(&mut self, call: &Call, dir: Option<&str>, name: &str) {
        if let Some(path) = self.path(dir, name) {
            self.step(call, Effect::Mkdir { path });
        }
    }

    fn removed(&mut self, call: &Call, dir: Option<&str>, name: &str) {
        if let Some(path) = self.path(dir, name) {
            self.names.remove(&path);
            self.step(call, Effect::Remove { path });
        }
    }

    fn renamed(&mut self, call: &Call, from: (Option<&str>, &str), to: (Option<&str>, &str)) {
        let (Some(from), Some(to)) = (self.path(from.0, from.1), self.path(to.0, to.1)) else {
            return;
        };
        let node = self
            .names
            .remove(&from)
            .expect("the model does not know renamed directories");
        assert_eq!(
            from.parent(),
            to.parent(),
            "the model knows renames within a directory only"
        );
        self.names.insert(to.clone(), node);
        self.step(call, Effect::Rename { from, to, node });
    }

    fn copied(&mut self, call: &Call, fd: i64) {
        if let Some(open) = self.open.get(&fd).cloned() {
            self.open.insert(call.result, open);
        }
    }

    fn moved(&mut self, call: &Call, fd: i64) {
        if let Some(Open::File { at, .. }) = self.open.get_mut(&fd) {
            *at = usize::try_from(call.result).unwrap();
        }
    }
}
