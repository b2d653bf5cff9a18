//! Which server the terminal's commands ask, and by which key.

use std::path::PathBuf;

use super::{Error, environment::Environment};
use crate::client;

/// Names the server in the environment.
const SERVER_VARIABLE: &str = "SAMOKODER_SERVER";
/// Holds the API key. Not an argument: what stands on a command line can be read by everybody on the machine.
const KEY_VARIABLE: &str = "SAMOKODER_API_KEY";
/// Where `samokoder serve` listens when nobody says.
const DEFAULT_SERVER: &str = "http://127.0.0.1:4080";

/// Reads where the server is and who asks: what the command line says goes before the environment.
///
/// # Errors
/// When there is no key.
pub fn server_access(server: Option<String>, ca_file: Option<PathBuf>) -> Result<client::Settings, Error> {
    let environment = Environment::of_process();
    let key = environment.text(KEY_VARIABLE).filter(|key| !key.is_empty());
    Ok(client::Settings {
        server: server.or_else(|| environment.text(SERVER_VARIABLE)).unwrap_or_else(|| DEFAULT_SERVER.to_owned()),
        key: key.ok_or(Error::NoApiKey { variable: KEY_VARIABLE })?.into(),
        ca_file,
    })
}
