//! A private Postgres: found on this machine, made in a folder, reachable on a unix socket only, and gone with us.
//!
//! `std` and `rustix` alone, so that the test harnesses and `xtask` take this file in as it stands, by `#[path]`.
//! It knows nothing of what the database holds.
//!
//! The server is started below a one-line watcher shell that reads a pipe from us. The pipe closes whenever this
//! process ends, in whichever way (`kill -9` included), and the watcher then asks the server for a fast shutdown. So
//! nothing is left running; and a start that comes while the last server is still on its way out waits for it.

#[path = "postgres/error.rs"]
mod error;
#[path = "postgres/find.rs"]
mod find;
#[path = "postgres/folder_lock.rs"]
mod folder_lock;
#[path = "postgres/identity.rs"]
mod identity;
#[path = "postgres/residents.rs"]
mod residents;
#[path = "postgres/wire.rs"]
mod wire;

pub(crate) use error::LaunchError;
pub(crate) use find::Installation;
pub(crate) use folder_lock::FolderLock;

use identity::Identity;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The superuser that every cluster made here has, and the name of the database that is made with it.
const NAME: &str = "waybill";
/// The longest path that fits into `sockaddr_un` everywhere (104 bytes on macOS), less the file name that Postgres adds.
const SOCKET_FOLDER_BYTES_MAX: usize = 103 - "/.s.PGSQL.5432.lock".len();
const START_SECONDS_MAX: u64 = 60;
const STOP_SECONDS_MAX: u64 = 20;
const POLL: Duration = Duration::from_millis(5);

/// `$0` is unused, `"$@"` is the server. Reading ends when our end of the pipe is closed.
const WATCHER: &str = r#"exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
exit "$code""#;

/// How a private Postgres is started. `Options::default()` is right for a database that is to be kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The folder that holds `postgres` and `initdb`; `None` looks for the newest one installed.
    pub(crate) bin: Option<PathBuf>,
    /// Gives up durability for speed: for a database that dies with its test.
    pub(crate) throwaway: bool,
}

/// A running server. Dropping it stops the server and waits until it has stopped.
#[derive(Debug)]
pub(crate) struct Postgres {
    watcher: Child,
    server_pid: i32,
    socket_folder: PathBuf,
    /// A short folder made under a temporary one, to be removed with us.
    short_folder: Option<PathBuf>,
    identity: Identity,
    version: String,
    _lock: FolderLock,
}

impl Postgres {
    /// Starts the cluster in `folder` (made when missing) and returns once it accepts connections.
    ///
    /// # Errors
    /// When no Postgres is installed, the folder is in use, or the server does not come up; each says what to do.
    pub(crate) fn start(folder: &Path, options: &Options) -> Result<Self, LaunchError> {
        let at = |doing: &'static str, path: &Path| LaunchError::io(doing, path);
        fs::create_dir_all(folder).map_err(at("make the folder", folder))?;
        let folder = folder.canonicalize().map_err(at("resolve the folder", folder))?;
        let lock = FolderLock::take(&folder)?;
        let data = folder.join("data");
        let identity = Identity::choose(&folder, &data)?;
        let installed = Installation::find(options.bin.as_deref(), &data)?;
        identity.give(&folder).map_err(at("hand over the folder", &folder))?;
        let log_path = folder.join("log");
        if !data.join("PG_VERSION").exists() {
            initialise(&installed, &identity, &folder, &data)?;
            if !options.throwaway {
                write_out_beside(&data);
            }
        }
        residents::see_off(&data)?;
        let (socket_folder, short_folder) = socket_folder(&folder, &identity)?;
        let _ = fs::rename(&log_path, folder.join("log.old"));
        let log = File::create(&log_path).map_err(at("make the log", &log_path))?;
        let watcher = server_command(&installed, &identity, &data, &socket_folder, options)
            .stdout(log.try_clone().map_err(at("open the log", &log_path))?)
            .stderr(log)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(at("start", &installed.program("postgres")))?;
        let mut postgres = Self {
            watcher,
            server_pid: 0,
            socket_folder,
            short_folder,
            identity,
            version: installed.version.clone(),
            _lock: lock,
        };
        postgres.server_pid = postgres.wait_until_ready(&data, &log_path)?;
        postgres.create_database_if_missing(NAME)?;
        Ok(postgres)
    }

    /// The address of the database made with the cluster, as sqlx and libpq take it.
    pub(crate) fn url(&self) -> String {
        self.url_of(NAME)
    }

    /// The address of another database of this cluster.
    pub(crate) fn url_of(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user={NAME}", percent_encoded(&self.socket_folder))
    }

    /// Where the socket is.
    pub(crate) fn socket_folder(&self) -> &Path {
        &self.socket_folder
    }

    /// The version as `postgres -V` says it, for example `15.18`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The process id of the server itself.
    pub(crate) fn server_pid(&self) -> i32 {
        self.server_pid
    }

    /// The user that the server was started as, when this process is root.
    pub(crate) fn dropped_to(&self) -> Option<&str> {
        self.identity.dropped_to()
    }

    /// Runs statements in one simple query and gives back the first column of every row.
    pub(crate) fn execute(&self, database: &str, sql: &str) -> io::Result<Vec<String>> {
        wire::simple_query(&self.socket_folder, NAME, database, sql)
    }

    /// Makes a database of that name, unless there is one. The name is quoted, never interpreted.
    pub(crate) fn create_database_if_missing(&self, database: &str) -> Result<(), LaunchError> {
        let failed = |source| LaunchError::Database { database: database.to_owned(), source };
        let known = self.execute("postgres", "select datname from pg_database").map_err(failed)?;
        if !known.iter().any(|name| name == database) {
            let sql = format!("create database \"{}\"", database.replace('"', "\"\""));
            self.execute("postgres", &sql).map_err(failed)?;
        }
        Ok(())
    }

    /// Whether the server has ended without being asked to.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.watcher.try_wait(), Ok(None))
    }

    fn wait_until_ready(&mut self, data: &Path, log: &Path) -> Result<i32, LaunchError> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        loop {
            // Line 8 of the pid file is the server's own word on its state (pg_ctl waits for the same).
            let pid_file = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if pid_file.lines().nth(7).is_some_and(|status| status.trim() == "ready")
                && let Some(pid) = residents::pid_of(&pid_file)
            {
                return Ok(pid);
            }
            if self.has_ended() || Instant::now() > deadline {
                return Err(LaunchError::DidNotStart { log: log.to_owned(), last_lines: last_lines(log) });
            }
            std::thread::sleep(POLL);
        }
    }

    fn stop(&mut self) {
        drop(self.watcher.stdin.take());
        let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS_MAX);
        while !self.has_ended() {
            if Instant::now() > deadline {
                residents::send(self.server_pid, rustix::process::Signal::QUIT);
                let _ = self.watcher.wait();
                break;
            }
            std::thread::sleep(POLL);
        }
        if let Some(short) = self.short_folder.take() {
            let _ = fs::remove_dir_all(short);
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes the cluster beside its place and moves it there, so that an interrupted attempt is never taken for a cluster.
fn initialise(installed: &Installation, identity: &Identity, folder: &Path, data: &Path) -> Result<(), LaunchError> {
    let at = |doing: &'static str, path: &Path| LaunchError::io(doing, path);
    if data.exists() {
        return Err(LaunchError::NotACluster { data: data.to_owned() });
    }
    let fresh = folder.join("data.new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(at("remove an unfinished attempt in", &fresh))?;
    }
    let program = installed.program("initdb");
    let output = identity
        .command(&program)
        .arg("-D")
        .arg(&fresh)
        .args(["--username", NAME, "--auth=trust", "--encoding=UTF8", "--locale=C"])
        // What is not yet written when the power goes is made anew: nothing of the user's is in it.
        .args(["--no-sync", "--no-instructions"])
        .stdin(Stdio::null())
        .output()
        .map_err(at("run", &program))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(LaunchError::Initdb { folder: folder.to_owned(), said });
    }
    fs::rename(&fresh, data).map_err(at("move the new cluster to", data))
}

/// Has the new cluster written out while the server comes up. `initdb` would do it file by file, and we would wait.
fn write_out_beside(data: &Path) {
    #[cfg(target_os = "linux")]
    if let Ok(handle) = File::open(data) {
        std::thread::spawn(move || rustix::fs::syncfs(&handle));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = data;
}

fn server_command(
    installed: &Installation,
    identity: &Identity,
    data: &Path,
    socket_folder: &Path,
    options: &Options,
) -> Command {
    let mut command = identity.command(Path::new("/bin/sh"));
    command.args(["-c", WATCHER, "waybill-postgres"]).arg(installed.program("postgres"));
    command.arg("-D").arg(data).arg("-k").arg(socket_folder);
    let mut settings = vec!["listen_addresses=", "timezone=UTC", "max_connections=200", "jit=off", "log_timezone=UTC"];
    if options.throwaway {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
    }
    for setting in settings {
        command.args(["-c", setting]);
    }
    // A group of its own: Ctrl-C in the terminal is for us, who still need the database to end well.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// The folder for the socket: inside ours, or a short private one when that path would not fit.
fn socket_folder(folder: &Path, identity: &Identity) -> Result<(PathBuf, Option<PathBuf>), LaunchError> {
    let at = |doing: &'static str, path: &Path| LaunchError::io(doing, path);
    let inside = folder.join("run");
    let plain = inside.to_str().is_some_and(|path| !path.contains([',', '"', '\'', '\\', '\n']));
    if plain && inside.as_os_str().len() <= SOCKET_FOLDER_BYTES_MAX {
        make_private(&inside).map_err(at("make the socket folder", &inside))?;
        identity.give(&inside).map_err(at("hand over the socket folder", &inside))?;
        return Ok((inside, None));
    }
    let base = match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(runtime) if identity.dropped_to().is_none() && runtime.as_os_str().len() < 60 && runtime.is_dir() => {
            runtime
        }
        _ => PathBuf::from("/tmp"),
    };
    // The name is ours alone as long as this process lives; a leftover of an earlier process of that id is removed,
    // which fails, and says so, when it is somebody else's.
    for attempt in 0..100 {
        let short = base.join(format!("waybill-{}-{attempt}", std::process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&short) {
            Ok(()) => {
                identity.give(&short).map_err(at("hand over the socket folder", &short))?;
                return Ok((short.clone(), Some(short)));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(LaunchError::io("make the socket folder", &short)(error)),
        }
    }
    Err(LaunchError::io("find a free name for the socket folder in", &base)(io::ErrorKind::AlreadyExists.into()))
}

fn make_private(folder: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        }
        other => other,
    }
}

fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn last_lines(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
