use nix::sys::socket::getsockopt;
use tokio::io::AsyncReadExt as _;

use super::*;

async fn door(settings: ConnectionSettings) -> (Door, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (Door::new(listener, &settings), address)
}

#[tokio::test]
async fn a_connection_sends_at_once_and_gives_up_a_client_that_takes_nothing() {
    let settings = ConnectionSettings { idle_timeout: Duration::from_secs(7), ..ConnectionSettings::default() };
    let (mut door, address) = door(settings).await;
    let (_client, (connection, _place)) = tokio::join!(TcpStream::connect(address), door.next());
    assert!(connection.nodelay().unwrap());
    assert_eq!(getsockopt(&connection, sockopt::TcpUserTimeout).unwrap(), 7_000);
}

#[tokio::test]
async fn a_client_with_all_its_connections_is_hung_up_on_until_one_ends() {
    let settings = ConnectionSettings { per_client: Some(1), ..ConnectionSettings::default() };
    let (mut door, address) = door(settings).await;
    let (_first, (_connection, place)) = tokio::join!(TcpStream::connect(address), door.next());
    let mut second = TcpStream::connect(address).await.unwrap();
    let mut heard = Vec::new();
    tokio::select! {
        _ = door.next() => panic!("it is let in"),
        // A reset is an end too.
        _ = second.read_to_end(&mut heard) => {}
    }
    assert_eq!(heard, b"");
    drop(place);
    let (_third, (_connection, _place)) = tokio::join!(TcpStream::connect(address), door.next());
}

#[test]
fn an_ipv6_network_is_one_client_and_an_ipv4_address_is_the_same_however_it_is_written() {
    let client = |text: &str| client_of(text.parse().unwrap());
    assert_eq!(client("2001:db8:1:2:aaaa::1"), client("2001:db8:1:2:bbbb::2"));
    assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
    assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
}
