//! A file system that forgets: what was not made durable may be gone, whole or in parts, after a crash.
//!
//! Writes of a file that were not flushed survive as an arbitrary subset, each torn at any sector or cut at any byte.
//! Names survive as a prefix of the changes to their folder. A flush that fails has written some of it and forgets the
//! rest, which stays readable but which no later flush writes: what Linux does.

use super::{File, Files};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR: usize = 512;

/// Numbers that follow from a seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        // SplitMix64, by Sebastiano Vigna.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// What goes wrong next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A write of a file whose name ends so writes a part and fails.
    Write(&'static str),
    /// A flush of a file whose name ends so fails.
    Sync(&'static str),
}

#[derive(Debug)]
pub(crate) struct FaultyFiles(Arc<Mutex<Disk>>);

#[derive(Debug)]
struct Disk {
    dice: Dice,
    /// Handles of a process that has ended no longer work.
    process: u64,
    contents: HashMap<u64, Content>,
    names: BTreeMap<PathBuf, Name>,
    durable_names: BTreeMap<PathBuf, Name>,
    /// Per folder, the changes of names that were not made durable.
    renamings: BTreeMap<PathBuf, Vec<(PathBuf, Option<Name>)>>,
    fault: Option<Fault>,
    /// Bytes that may be written before the disk is full.
    room: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Folder,
    File(u64),
}

#[derive(Debug, Default)]
struct Content {
    name: String,
    current: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Debug)]
struct Handle {
    disk: Arc<Mutex<Disk>>,
    process: u64,
    content: u64,
}

impl FaultyFiles {
    pub(crate) fn new(seed: u64) -> Self {
        let names = BTreeMap::from([(PathBuf::from("/"), Name::Folder)]);
        Self(Arc::new(Mutex::new(Disk {
            dice: Dice(seed),
            process: 0,
            contents: HashMap::new(),
            durable_names: names.clone(),
            names,
            renamings: BTreeMap::new(),
            fault: None,
            room: usize::MAX,
        })))
    }

    /// The power goes: only what was made durable is sure to be there.
    pub(crate) fn lose_power(&self) {
        let mut disk = self.disk();
        let Disk { dice, contents, names, durable_names, renamings, .. } = &mut *disk;
        for content in contents.values_mut() {
            content.keep_some(dice);
            content.current = content.durable.clone();
        }
        for (_, changes) in std::mem::take(renamings) {
            let kept = dice.below(changes.len() + 1);
            for (path, name) in changes.into_iter().take(kept) {
                set(durable_names, path, name);
            }
        }
        let whole = |path: &Path| path.ancestors().skip(1).all(|above| durable_names.contains_key(above));
        *names =
            durable_names.iter().filter(|(path, _)| whole(path)).map(|(path, name)| (path.clone(), *name)).collect();
        *durable_names = names.clone();
        disk.restart();
    }

    /// The process is killed: what it wrote stays with the kernel.
    pub(crate) fn kill(&self) {
        self.disk().restart();
    }

    /// Has the next such operation fail.
    pub(crate) fn fail_next(&self, fault: Fault) {
        self.disk().fault = Some(fault);
    }

    /// Lets that many bytes be written until the disk is full.
    pub(crate) fn fill_up(&self, room: usize) {
        self.disk().room = room;
    }

    /// Changes bytes of a file behind everybody's back.
    pub(crate) fn damage(&self, path: &Path, at: usize) {
        let mut disk = self.disk();
        let Some(&Name::File(id)) = disk.names.get(path) else { panic!("{} is not there", path.display()) };
        let content = disk.contents.get_mut(&id).unwrap();
        content.current[at] ^= 0x40;
        content.durable[at] ^= 0x40;
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }
}

fn set(names: &mut BTreeMap<PathBuf, Name>, path: PathBuf, name: Option<Name>) {
    match name {
        Some(name) => names.insert(path, name),
        None => names.remove(&path),
    };
}

impl Disk {
    fn restart(&mut self) {
        self.process += 1;
        (self.fault, self.room) = (None, usize::MAX);
    }

    fn set_name(&mut self, path: &Path, name: Option<Name>) {
        set(&mut self.names, path.to_owned(), name);
        let folder = path.parent().unwrap().to_owned();
        self.renamings.entry(folder).or_default().push((path.to_owned(), name));
    }

    fn faulted(&mut self, fault: fn(&'static str) -> Fault, name: &str) -> bool {
        let hit = match self.fault {
            Some(Fault::Write(end)) => fault(end) == Fault::Write(end) && name.ends_with(end),
            Some(Fault::Sync(end)) => fault(end) == Fault::Sync(end) && name.ends_with(end),
            None => false,
        };
        if hit {
            self.fault = None;
        }
        hit
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Length(length) => to.resize(*length, 0),
            Self::Write(at, bytes) => {
                to.resize(to.len().max(at + bytes.len()), 0);
                to[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

impl Content {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.current);
        self.pending.push(change);
    }

    /// Makes some of what is pending durable, and forgets the rest.
    fn keep_some(&mut self, dice: &mut Dice) {
        let in_order = dice.one_in(2);
        let count = dice.below(self.pending.len() + 1);
        for (index, change) in std::mem::take(&mut self.pending).into_iter().enumerate() {
            let whole = if in_order { index < count } else { dice.one_in(2) };
            match change {
                _ if whole => change.apply(&mut self.durable),
                Change::Write(at, bytes) if !in_order || index == count => self.tear(dice, at, &bytes),
                _ => {}
            }
        }
    }

    fn tear(&mut self, dice: &mut Dice, at: usize, bytes: &[u8]) {
        if dice.one_in(2) {
            let cut = dice.below(bytes.len() + 1);
            Change::Write(at, bytes[..cut].to_vec()).apply(&mut self.durable);
            return;
        }
        let mut from = 0;
        while from < bytes.len() {
            let to = bytes.len().min((at + from) / SECTOR * SECTOR + SECTOR - at);
            if dice.one_in(2) {
                Change::Write(at + from, bytes[from..to].to_vec()).apply(&mut self.durable);
            }
            from = to;
        }
    }
}

impl FaultyFiles {
    fn handle(&self, disk: &Disk, content: u64) -> Arc<dyn File> {
        Arc::new(Handle { disk: Arc::clone(&self.0), process: disk.process, content })
    }
}

impl Files for FaultyFiles {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let disk = self.disk();
        match disk.names.get(path) {
            Some(Name::File(content)) => Ok(self.handle(&disk, *content)),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let mut disk = self.disk();
        if disk.names.get(path.parent().unwrap()) != Some(&Name::Folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Some(&Name::File(id)) = disk.names.get(path) {
            disk.contents.get_mut(&id).unwrap().change(Change::Length(0));
            return Ok(self.handle(&disk, id));
        }
        let id = disk.contents.len() as u64;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        disk.contents.insert(id, Content { name, ..Content::default() });
        disk.set_name(path, Some(Name::File(id)));
        Ok(self.handle(&disk, id))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let disk = self.disk();
        if disk.names.get(folder) != Some(&Name::Folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = disk.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        let mut above: Vec<&Path> = folder.ancestors().collect();
        above.reverse();
        for path in above {
            if !disk.names.contains_key(path) {
                disk.set_name(path, Some(Name::Folder));
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        let name = *disk.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        // A rename is one change of its folder: the new name appears together with the old one going.
        disk.set_name(to, Some(name));
        disk.set_name(from, None);
        Ok(())
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        let inside: Vec<PathBuf> = disk.names.keys().filter(|path| path.starts_with(folder)).cloned().collect();
        inside.iter().rev().for_each(|path| disk.set_name(path, None));
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        for (path, name) in disk.renamings.remove(folder).unwrap_or_default() {
            set(&mut disk.durable_names, path, name);
        }
        Ok(())
    }
}

impl Handle {
    fn with<T>(&self, act: impl FnOnce(&mut Disk, u64) -> io::Result<T>) -> io::Result<T> {
        let mut disk = self.disk.lock().unwrap();
        if disk.process == self.process {
            act(&mut disk, self.content)
        } else {
            Err(io::Error::other("the process has ended"))
        }
    }
}

impl File for Handle {
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
        self.with(|disk, id| {
            let at = usize::try_from(at).unwrap();
            let bytes = disk.contents[&id].current.get(at..at + into.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            into.copy_from_slice(bytes);
            Ok(())
        })
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.with(|disk, id| {
            let name = disk.contents[&id].name.clone();
            let full = bytes.len() > disk.room;
            let failed = full || disk.faulted(Fault::Write, &name);
            let written = if failed { disk.dice.below(bytes.len().min(disk.room) + 1) } else { bytes.len() };
            disk.room = disk.room.saturating_sub(written);
            let content = disk.contents.get_mut(&id).unwrap();
            content.change(Change::Write(usize::try_from(at).unwrap(), bytes[..written].to_vec()));
            match (full, failed) {
                (true, _) => Err(io::ErrorKind::StorageFull.into()),
                (_, true) => Err(io::Error::other("a write was made to fail")),
                _ => Ok(()),
            }
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.with(|disk, id| {
            let name = disk.contents[&id].name.clone();
            let failed = disk.faulted(Fault::Sync, &name);
            let Disk { dice, contents, .. } = disk;
            let content = contents.get_mut(&id).unwrap();
            if failed {
                content.keep_some(dice);
                return Err(io::Error::other("a flush was made to fail"));
            }
            for change in std::mem::take(&mut content.pending) {
                change.apply(&mut content.durable);
            }
            Ok(())
        })
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.with(|disk, id| {
            let content = disk.contents.get_mut(&id).unwrap();
            content.change(Change::Length(usize::try_from(length).unwrap()));
            Ok(())
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.with(|disk, id| Ok(disk.contents[&id].current.len() as u64))
    }
}
