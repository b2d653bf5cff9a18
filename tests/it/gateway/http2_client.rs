//! An HTTP/2 client by hand (RFC 9113), as a well made one would not let a test be that rude: it answers no ping.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::running::KEY;

/// Frame types (section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
/// Says which streams are still answered before the connection is closed.
pub(super) const GO_AWAY: u8 = 7;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A connection whose first and only request is stream 1.
pub(super) struct Http2Client(TcpStream);

impl Http2Client {
    /// Connects and says that it speaks HTTP/2.
    pub(super) async fn connect(address: std::net::SocketAddr) -> Self {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut client = Self(connection);
        client.send(SETTINGS, 0, 0, b"").await;
        client
    }

    /// Sends a request, whole.
    pub(super) async fn request(&mut self, method: &str, path: &str, body: &str) {
        let bearer = format!("Bearer {KEY}");
        let rows = [
            (":method", method),
            (":scheme", "http"),
            (":path", path),
            (":authority", "localhost"),
            ("content-type", "application/json"),
            ("authorization", &bearer),
        ];
        let mut block = Vec::new();
        for (name, value) in rows {
            // A literal row that enters no table, with lengths of one byte (RFC 7541, section 6.2.2).
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend_from_slice(text.as_bytes());
            }
        }
        self.send(HEADERS, END_HEADERS, 1, &block).await;
        self.send(DATA, END_STREAM, 1, body.as_bytes()).await;
    }

    /// Types of the frames that come until the connection is closed.
    pub(super) async fn frames(mut self) -> Vec<u8> {
        let mut types = Vec::new();
        let mut head = [0; 9];
        while self.0.read_exact(&mut head).await.is_ok() {
            let [a, b, c, kind, ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            self.0.read_exact(&mut payload).await.unwrap();
            types.push(kind);
        }
        types
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(payload);
        self.0.write_all(&frame).await.unwrap();
    }
}
