//! The walk over pairs of types.

use super::{PathId, Raw, What};
use crate::Limits;
use crate::avro::{Avro, Field, Kind, NodeId, Primitive, Record};
use std::collections::HashMap;
use std::rc::Rc;

/// Why a walk ended before its end.
pub(super) enum Stop {
    /// It passed [`Limits::max_comparisons`].
    TooComplex,
    /// A field of the reader, by position, matches several fields of the writer.
    Ambiguous { reader: NodeId, writer: NodeId, field: usize, path: PathId },
}

/// What is known of a pair: Java takes a pair that is still being walked for compatible.
#[derive(Clone)]
enum Known {
    InProgress,
    Done(Rc<[u32]>),
}

/// Whose result a walked pair is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Its findings are findings of the pair above it.
    Merged,
    /// Only its verdict counts.
    Trial,
}

struct Frame {
    reader: NodeId,
    writer: NodeId,
    path: PathId,
    using: Use,
    /// Field or branch to look at next.
    cursor: usize,
    /// A branch of the reader's union took the writer's type.
    taken: bool,
    /// Findings, as indexes into [`Walk::raws`]; a pair is compatible if there are none.
    found: Vec<u32>,
    /// Warnings that were there before.
    warnings_before: usize,
}

enum Step {
    Call { reader: NodeId, writer: NodeId, path: PathId, using: Use },
    Done,
}

pub(super) struct Walk<'a> {
    reader: &'a Avro,
    writer: &'a Avro,
    limits: &'a Limits,
    steps: usize,
    memo: HashMap<(NodeId, NodeId), Known>,
    pub(super) raws: Vec<Raw>,
    pub(super) paths: Paths,
    /// Pairs whose logical types differ.
    pub(super) warnings: Vec<(NodeId, NodeId, PathId)>,
    pub(super) truncated: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(reader: &'a Avro, writer: &'a Avro, limits: &'a Limits) -> Self {
        Self {
            reader,
            writer,
            limits,
            steps: 0,
            memo: HashMap::new(),
            raws: Vec::new(),
            paths: Paths::default(),
            warnings: Vec::new(),
            truncated: false,
        }
    }

    /// Walks the pair of roots; answers the findings in Java's order, repeated where Java repeats them.
    pub(super) fn run(&mut self) -> Result<Rc<[u32]>, Stop> {
        let mut stack = vec![self.frame(self.reader.root(), self.writer.root(), Paths::ROOT, Use::Merged)];
        loop {
            let Some(frame) = stack.last_mut() else { return Ok(Rc::from([])) };
            match self.advance(frame)? {
                Step::Call { reader, writer, path, using } => {
                    self.count(1)?;
                    match self.memo.get(&(reader, writer)) {
                        Some(Known::InProgress) => self.deliver(frame, &[], using)?,
                        Some(Known::Done(found)) => {
                            let found = Rc::clone(found);
                            self.deliver(frame, &found, using)?;
                        }
                        None => {
                            let called = self.frame(reader, writer, path, using);
                            stack.push(called);
                        }
                    }
                }
                Step::Done => {
                    let Some(frame) = stack.pop() else { return Ok(Rc::from([])) };
                    let using = frame.using;
                    let found = self.leave(frame);
                    let Some(above) = stack.last_mut() else { return Ok(found) };
                    self.deliver(above, &found, using)?;
                }
            }
        }
    }

    fn count(&mut self, steps: usize) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > self.limits.max_comparisons { Err(Stop::TooComplex) } else { Ok(()) }
    }

    /// Begins a pair.
    fn frame(&mut self, reader: NodeId, writer: NodeId, path: PathId, using: Use) -> Frame {
        if self.is_shared(reader, writer) {
            self.memo.insert((reader, writer), Known::InProgress);
        }
        let warnings_before = self.warnings.len();
        let (reads, wrote) = (self.reader.node(reader), self.writer.node(writer));
        if reads.logical != wrote.logical && !is_union(&reads.kind) && !is_union(&wrote.kind) {
            self.warnings.push((reader, writer, path));
        }
        Frame { reader, writer, path, using, cursor: 0, taken: false, found: Vec::new(), warnings_before }
    }

    /// Whether a pair can be met twice: two primitives cannot, each use of one being a type of its own.
    fn is_shared(&self, reader: NodeId, writer: NodeId) -> bool {
        let primitive = |kind: &Kind| matches!(kind, Kind::Primitive(_));
        !(primitive(self.reader.kind(reader)) && primitive(self.writer.kind(writer)))
    }

    /// Ends a pair.
    fn leave(&mut self, frame: Frame) -> Rc<[u32]> {
        let found: Rc<[u32]> = frame.found.into();
        if frame.using == Use::Trial && !found.is_empty() {
            self.warnings.truncate(frame.warnings_before);
        }
        if self.is_shared(frame.reader, frame.writer) {
            self.memo.insert((frame.reader, frame.writer), Known::Done(Rc::clone(&found)));
        }
        found
    }

    /// Hands the result of a pair to the one above it.
    fn deliver(&mut self, frame: &mut Frame, found: &[u32], using: Use) -> Result<(), Stop> {
        if using == Use::Merged {
            self.count(found.len() / 16)?;
            let room = self.limits.max_findings.max(1).saturating_sub(frame.found.len());
            self.truncated |= found.len() > room;
            frame.found.extend(found.iter().take(room));
            return Ok(());
        }
        match self.writer.kind(frame.writer) {
            Kind::Union(branches) => {
                let at = frame.cursor - 1;
                if let (false, Some(branch)) = (found.is_empty(), branches.get(at)) {
                    let path = self.paths.child(frame.path, Token::Index(at));
                    self.find(frame, What::Branch(*branch), path);
                }
            }
            _ if found.is_empty() => {
                frame.taken = true;
                self.prefer_exact(frame);
            }
            _ => {}
        }
        Ok(())
    }

    /// The first branch that takes the writer's primitive settles the verdict, but a decoder prefers the branch of the
    /// same type: what the data means is judged by that one.
    fn prefer_exact(&mut self, frame: &Frame) {
        let (Kind::Union(branches), wrote) = (self.reader.kind(frame.reader), self.writer.node(frame.writer)) else {
            return;
        };
        let Kind::Primitive(written) = wrote.kind else { return };
        let mut exact = branches.iter().map(|id| (*id, self.reader.node(*id)));
        let exact = exact.find(|(_, node)| matches!(node.kind, Kind::Primitive(read) if read == written));
        if let Some((id, node)) = exact {
            self.warnings.truncate(frame.warnings_before);
            if node.logical != wrote.logical {
                self.warnings.push((id, frame.writer, frame.path));
            }
        }
    }

    fn find(&mut self, frame: &mut Frame, what: What, path: PathId) {
        if frame.found.len() >= self.limits.max_findings.max(1) {
            self.truncated = true;
            return;
        }
        frame.found.push(u32::try_from(self.raws.len()).expect("max_comparisons keeps this far smaller"));
        self.raws.push(Raw { what, reader: frame.reader, writer: frame.writer, path });
    }

    /// Looks at what comes next in a pair.
    fn advance(&mut self, frame: &mut Frame) -> Result<Step, Stop> {
        let at = frame.cursor;
        frame.cursor += 1;
        Ok(match (self.reader.kind(frame.reader), self.writer.kind(frame.writer)) {
            (Kind::Primitive(reader), Kind::Primitive(writer)) => {
                if !promotes(*writer, *reader) {
                    self.find(frame, What::Type, frame.path);
                }
                Step::Done
            }
            (Kind::Array(reader), Kind::Array(writer)) => self.only(frame, at, *reader, *writer, Token::Items),
            (Kind::Map(reader), Kind::Map(writer)) => self.only(frame, at, *reader, *writer, Token::Values),
            (Kind::Fixed(reader), Kind::Fixed(writer)) => {
                self.names(frame);
                if reader.size != writer.size {
                    let path = self.paths.child(frame.path, Token::Size);
                    self.find(frame, What::Size, path);
                }
                Step::Done
            }
            (Kind::Enum(reader), Kind::Enum(writer)) => {
                self.names(frame);
                self.count(writer.symbols.len())?;
                let missing = writer.symbols.iter().any(|symbol| !reader.known.contains(symbol));
                if missing && reader.default.is_none() {
                    let path = self.paths.child(frame.path, Token::Symbols);
                    self.find(frame, What::Symbols, path);
                }
                Step::Done
            }
            (Kind::Record(reader), Kind::Record(writer)) => {
                if at == 0 {
                    self.names(frame);
                }
                frame.cursor = at;
                self.fields(frame, reader, writer)?
            }
            (Kind::Union(_), Kind::Union(branches)) => match branches.get(at) {
                Some(branch) => self.trial(frame.reader, *branch),
                None => Step::Done,
            },
            (_, Kind::Union(branches)) => match branches.get(at) {
                Some(branch) => {
                    let path = self.paths.child(frame.path, Token::Index(at));
                    Step::Call { reader: frame.reader, writer: *branch, path, using: Use::Merged }
                }
                None => Step::Done,
            },
            (Kind::Union(_), _) if frame.taken => Step::Done,
            (Kind::Union(branches), _) => match branches.get(at) {
                Some(branch) => self.trial(*branch, frame.writer),
                None => {
                    self.find(frame, What::Branch(frame.writer), frame.path);
                    Step::Done
                }
            },
            _ => {
                self.find(frame, What::Type, frame.path);
                Step::Done
            }
        })
    }

    /// Java starts paths anew when it tries branches of unions.
    fn trial(&self, reader: NodeId, writer: NodeId) -> Step {
        Step::Call { reader, writer, path: Paths::ROOT, using: Use::Trial }
    }

    fn only(&mut self, frame: &Frame, at: usize, reader: NodeId, writer: NodeId, token: Token) -> Step {
        if at > 0 {
            return Step::Done;
        }
        Step::Call { reader, writer, path: self.paths.child(frame.path, token), using: Use::Merged }
    }

    /// Names agree if they do without their namespaces, or if an alias of the reader is the writer's full name.
    fn names(&mut self, frame: &mut Frame) {
        let (reader, writer) = (self.reader.kind(frame.reader).named(), self.writer.kind(frame.writer).named());
        let (Some(reader), Some(writer)) = (reader, writer) else { return };
        let own_space = reader.name.full() != reader.name.simple();
        let agree = reader.name.simple() == writer.name.simple()
            || reader.aliases.iter().any(|alias| {
                // Java lists an alias without a namespace, on a type with one, under a leading dot.
                let dotted = own_space && alias.full() == alias.simple();
                !dotted && alias.full() == writer.name.full()
            });
        if !agree {
            let path = self.paths.child(frame.path, Token::Name);
            self.find(frame, What::Name, path);
        }
    }

    /// Looks at the fields of the reader from the cursor on, up to the next one that must be compared.
    fn fields(&mut self, frame: &mut Frame, reader: &'a Record, writer: &'a Record) -> Result<Step, Stop> {
        while let Some(field) = reader.fields.get(frame.cursor) {
            let at = frame.cursor;
            frame.cursor += 1;
            self.count(1 + field.aliases.len())?;
            let fields = self.paths.child(frame.path, Token::Fields);
            let path = self.paths.child(fields, Token::Index(at));
            let Ok(written) = written_field(field, writer) else {
                return Err(Stop::Ambiguous { reader: frame.reader, writer: frame.writer, field: at, path });
            };
            let compared = match written {
                Some(written) => written.schema,
                None if field.default.is_some() => continue,
                // Java compares an enum that has a default with the writing record as a whole.
                None if matches!(self.reader.kind(field.schema), Kind::Enum(symbols) if symbols.default.is_some()) => {
                    frame.writer
                }
                None => {
                    self.find(frame, What::Default(at), path);
                    continue;
                }
            };
            let path = self.paths.child(path, Token::Type);
            return Ok(Step::Call { reader: field.schema, writer: compared, path, using: Use::Merged });
        }
        Ok(Step::Done)
    }
}

fn is_union(kind: &Kind) -> bool {
    matches!(kind, Kind::Union(_))
}

/// The writer's field behind a field of the reader, by its name and its aliases.
fn written_field<'w>(field: &Field, writer: &'w Record) -> Result<Option<&'w Field>, ()> {
    let named = |name: &String| writer.index.get(name).map(|at| &writer.fields[*at]);
    let mut found = std::iter::once(&field.name).chain(&field.aliases).filter_map(named);
    let first = found.next();
    if found.next().is_some() { Err(()) } else { Ok(first) }
}

fn promotes(writer: Primitive, reader: Primitive) -> bool {
    use Primitive::{Bytes, Double, Float, Int, Long, String};
    writer == reader
        || matches!(
            (writer, reader),
            (Int, Long | Float | Double) | (Long, Float | Double) | (Float, Double) | (String, Bytes) | (Bytes, String)
        )
}

/// Paths as links to the path above, so that a deep one costs no more than a shallow one.
#[derive(Default)]
pub(super) struct Paths {
    /// Index 0 stands for the first path below the root.
    links: Vec<(PathId, Token)>,
}

#[derive(Clone, Copy)]
pub(super) enum Token {
    Items,
    Values,
    Fields,
    Type,
    Name,
    Size,
    Symbols,
    Index(usize),
}

impl Paths {
    const ROOT: PathId = PathId(0);

    fn child(&mut self, above: PathId, token: Token) -> PathId {
        self.links.push((above, token));
        PathId(u32::try_from(self.links.len()).expect("max_comparisons keeps this far smaller"))
    }

    /// The path as Java prints it: "/" for the root.
    pub(super) fn render(&self, path: PathId) -> String {
        let mut parts = Vec::new();
        let mut at = path;
        while let Some((above, token)) = (at.0 as usize).checked_sub(1).and_then(|link| self.links.get(link)) {
            parts.push(token.text());
            at = *above;
        }
        parts.reverse();
        format!("/{}", parts.join("/"))
    }
}

impl Token {
    fn text(self) -> String {
        match self {
            Self::Items => "items".to_owned(),
            Self::Values => "values".to_owned(),
            Self::Fields => "fields".to_owned(),
            Self::Type => "type".to_owned(),
            Self::Name => "name".to_owned(),
            Self::Size => "size".to_owned(),
            Self::Symbols => "symbols".to_owned(),
            Self::Index(at) => at.to_string(),
        }
    }
}
