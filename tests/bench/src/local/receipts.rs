//! Many receipts at once, written into the database of a stopped stack beside the one that is copied.

use std::{fs, path::Path};

use keyward_bench::Failed;
use rusqlite::Connection;

/// A receipt's partition key begins so in the file.
const RECEIPTS: &str = "S:RECEIPT#%";

/// Copies the newest receipt, and its record in the stream, `number` times. The records count as handed over.
pub(crate) fn add(data_dir: &Path, number: u32) -> Result<(), Failed> {
    let mut connection = Connection::open(data_dir.join("dynamodb.sqlite"))?;
    let transaction = connection.transaction()?;
    // A receipt's id is in its sort key, after `rcp_`, as a UUID of version 7.
    let pattern = "rcp_________-____-____-____-____________";
    transaction.execute(
        "CREATE TEMP TABLE copies AS
         WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
         SELECT n, printf('rcp_%08x-%04x-7%03x-8%03x-%012x', n, n % 65536, n % 4096, n % 4096, n) AS id FROM numbers",
        [number],
    )?;
    let (sort_key, id): (String, String) = transaction.query_row(
        "SELECT sk, substr(sk, instr(sk, 'rcp_'), length(?2)) FROM keyward WHERE pk LIKE ?1 AND sk LIKE '%' || ?2
         ORDER BY sk DESC LIMIT 1",
        (RECEIPTS, pattern),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    transaction.execute(
        "INSERT INTO keyward (pk, sk, item_json, item_size, cached_at, hash_prefix)
         SELECT pk, replace(sk, ?3, id), replace(item_json, ?3, id), item_size, cached_at, hash_prefix
         FROM copies, keyward WHERE pk LIKE ?1 AND sk = ?2",
        (RECEIPTS, &sort_key, &id),
    )?;
    transaction.execute(
        "INSERT INTO _stream_records (table_name, event_name, keys_json, new_image, old_image, sequence_number,
            shard_id, created_at, user_identity, event_id)
         SELECT table_name, event_name, replace(keys_json, ?1, copies.id), replace(new_image, ?1, copies.id),
            old_image,
            printf('%0' || length(sequence_number) || 'd', last + n), shard_id, created_at, user_identity, NULL
         FROM copies, (SELECT MAX(CAST(sequence_number AS INTEGER)) AS last FROM _stream_records),
            (SELECT * FROM _stream_records WHERE new_image LIKE '%' || ?1 || '%' LIMIT 1)",
        [&id],
    )?;
    let last: String = transaction.query_row(
        "SELECT sequence_number FROM _stream_records ORDER BY CAST(sequence_number AS INTEGER) DESC LIMIT 1",
        [],
        |row| row.get(0),
    )?;
    transaction.commit()?;
    for function in ["on_table_change", "on_key_use"] {
        fs::write(data_dir.join(format!("{function}-place")), &last)?;
    }
    Ok(())
}
