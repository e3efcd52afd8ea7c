//! DynamoDB's part: dynoxide, with the template's tables in it.

use std::path::Path;

use dynoxide::Database;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::template::Table;

/// Opens the database, in memory or in a file of `folder`, and creates the
/// tables it does not have yet.
pub fn open(folder: Option<&Path>, tables: &[Table]) -> Result<Database, String> {
    let database = match folder {
        None => Database::memory(),
        Some(folder) => Database::new(&folder.join("dynamodb.sqlite").to_string_lossy()),
    };
    let database = database.map_err(|error| format!("cannot open the table's file: {error}"))?;
    for table in tables {
        create(&database, table)
            .map_err(|error| format!("cannot create the table {}: {error}", table.name))?;
    }
    Ok(database)
}

fn create(database: &Database, table: &Table) -> Result<(), String> {
    let exists =
        database.get_table_metadata(&table.name).map_err(|error| error.to_string())?.is_some();
    if exists {
        return Ok(());
    }
    database.create_table(request(&table.create)?).map_err(|error| error.to_string())?;
    if let Some(time_to_live) = &table.time_to_live {
        database.update_time_to_live(request(time_to_live)?).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn request<T: DeserializeOwned>(body: &Value) -> Result<T, String> {
    T::deserialize(body).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(create: Value) -> Table {
        Table {
            name: "cache".to_owned(),
            create,
            time_to_live: Some(json!({
                "TableName": "cache",
                "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": true},
            })),
        }
    }

    #[test]
    fn creates_a_table_once() {
        let table = table(json!({
            "TableName": "cache",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        }));
        let database = open(None, std::slice::from_ref(&table)).unwrap();
        assert_eq!(create(&database, &table), Ok(()));
        let described = database
            .describe_time_to_live(request(&json!({"TableName": "cache"})).unwrap())
            .unwrap();
        let described = serde_json::to_value(described).unwrap();
        assert_eq!(described["TimeToLiveDescription"]["AttributeName"], "expiresAt");
    }

    #[test]
    fn says_why_a_table_cannot_be_created() {
        let error = open(None, &[table(json!({"TableName": "cache"}))]).err().unwrap();
        assert!(error.starts_with("cannot create the table cache: "), "{error}");
    }
}
