//! The programs as a script meets them: lines in, lines out, exit codes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
fn the_fault_program_listens_takes_plans_and_ends_with_its_starter() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    std::fs::create_dir_all(&folder).unwrap();
    let ledger = folder.join("ledger.jsonl");
    let mut program = Command::new(env!("CARGO_BIN_EXE_flights-fault"))
        .args(["--upstream", "127.0.0.1:9", "--until-stdin-closes", "--ledger"])
        .arg(&ledger)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = program.stdin.take().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut line = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let listening = line();
    TcpStream::connect(listening["listening"].as_str().unwrap()).unwrap();

    writeln!(input, "{}", json!({ "mode": "drop", "count": 5, "topic": "t", "window_start": 60_000 })).unwrap();
    let armed = line()["armed"].clone();
    assert_eq!((&armed["mode"], &armed["count"], &armed["window_ms"]), (&json!("drop"), &json!(5), &json!(60_000)));
    writeln!(input, "{}", json!({ "mode": "explode" })).unwrap();
    assert!(line()["refused"].as_str().unwrap().contains("unknown variant `explode`"));

    drop(input);
    assert!(program.wait().unwrap().success());
    assert_eq!(std::fs::read(&ledger).unwrap(), b"");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_fullest_window_of_a_stretch_is_told_without_a_server() {
    let output = Command::new(env!("CARGO_BIN_EXE_flights-replay"))
        .args(["--now", "1800000000000", "--skip", "-50000", "--densest-window", "ewr/flights.departed"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["window_start"].as_i64().unwrap() % 60_000, 0);
    assert!(told["records"].as_u64().unwrap() >= 62, "{told}");
}

#[test]
fn a_replay_without_addresses_or_with_other_places_says_so() {
    for (arguments, expected) in [
        (&["--addresses", "/nowhere/addresses.json"][..], "/nowhere/addresses.json cannot be read"),
        (&["--densest-window", "ams/flights.departed"], "there is no cluster ams"),
        (&["--densest-window", "ewr/flights.lost"], "there is no topic flights.lost"),
        (&["--rate", "0", "--densest-window", "ewr/flights.departed"], "a rate or a speed is more than 0"),
        (&[], "--addresses"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_flights-replay")).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
    }
}
