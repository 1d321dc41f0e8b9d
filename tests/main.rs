//! Black-box tests.
#[allow(dead_code, reason = "the launcher is shared by path; each user takes a part of it")]
#[path = "../src/postgres.rs"]
mod postgres;

#[test]
fn quick() {
    let t = std::time::Instant::now();
    let dir = std::env::temp_dir().join("wbq");
    let pg = postgres::Postgres::start(&dir, &postgres::Options::default()).unwrap();
    println!("{:?} {} {:?} {}", t.elapsed(), pg.url(), pg.dropped_to(), pg.version());
    println!("{:?}", pg.execute("waybill", "select version()"));
    println!("{}", postgres::Postgres::start(&dir, &postgres::Options::default()).unwrap_err());
    let pid = pg.server_pid();
    let t = std::time::Instant::now();
    drop(pg);
    println!("stop {:?}", t.elapsed());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    let t = std::time::Instant::now();
    let pg = postgres::Postgres::start(&dir, &postgres::Options::default()).unwrap();
    println!("again {:?}", t.elapsed());
    drop(pg);
    std::fs::remove_dir_all(dir).unwrap();
}
