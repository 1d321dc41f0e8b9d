//! One cluster on a folder, for trying clients by hand: `cargo run --example road -- FOLDER [HOST:PORT]`.

use dataplane::{ClusterConfig, Config, Dataplane};
use model::{ClusterName, SystemClock};
use std::net::TcpListener;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: road FOLDER [HOST:PORT]")?;
    let listener = TcpListener::bind(arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned()))?;
    println!("{}", listener.local_addr()?);
    let cluster = ClusterConfig::new(ClusterName::new("road")?, listener);
    let dataplane = Dataplane::open(Config::new(folder.into(), vec![cluster]), Arc::new(SystemClock)).await?;
    let stop = CancellationToken::new();
    tokio::spawn({
        let stop = stop.clone();
        async move {
            let _ = tokio::signal::ctrl_c().await;
            stop.cancel();
        }
    });
    dataplane.run(stop).await?;
    Ok(())
}
