use audit::*;
use model::*;
use std::hint::black_box;
use std::time::Instant;
use xxhash_rust::xxh3::*;
fn t(name:&str, mut f: impl FnMut(usize)->u128){ let n=1_000_000usize; let mut best=f64::MAX; for _ in 0..7{ let s=Instant::now(); let mut a=0u128; for i in 0..n{ a=a.wrapping_add(f(i)); } black_box(a); best=best.min(s.elapsed().as_secs_f64()*1e9/n as f64);} println!("{name}: {best:.1}"); }
fn main(){
 let buf: Vec<u8>=(0..1<<16).map(|i| (i*7%251) as u8).collect();
 for l in [8usize,16,40,56,72,128,160,240,241,256,1024]{ t(&format!("xxh128 seed {l}"),|i| xxh3_128_with_seed(&buf[(i*64)&32767..][..l],77)); }
 for l in [8usize,16,72,240]{ t(&format!("xxh64 seed {l}"),|i| xxh3_64_with_seed(&buf[(i*64)&32767..][..l],77) as u128); }
 let secret=[7u8;192]; for l in [240usize,241,256,1024]{ t(&format!("xxh128 secret {l}"),|i| xxh3_128_with_secret(&buf[(i*64)&32767..][..l],&secret)); }
 let d=Digester::new(0,&Seed([7;16]));
 let rec=|i:usize,id:bool| Record{offset:i as i64,origin_offset:None,timestamp:Timestamp((i%60000) as i64),key:Some(&buf[(i*64)&32767..][..16]),value:Some(&buf[(i*64)&32767..][16..256]),event_id:id.then_some(EventId{session:SessionId(7),sequence:i as u64})};
 t("digest id",|i| d.digest(&rec(i,true)).of_record);
 t("digest content",|i| d.digest(&rec(i,false)).of_record);
 let mut tally=Tally::new(Shape::new(0,1024));
 t("digest+tally id",|i|{ let r=rec(i,true); let g=d.digest(&r); tally.add(&r,&g,&d); 0});
 let dg: Vec<_>=(0..4096).map(|i| d.digest(&rec(i,true))).collect();
 t("tally only",|i|{ let r=rec(i,true); tally.add(&r,&dg[i&4095],&d); 0});
 let mut s=Sketch::new(Shape::new(0,1024));
 t("sketch only",|i|{ s.add(&dg[i&4095],&d); 0});
}
