//! Where to look inside: each node's address with a command to copy, in the tools of the trade.

use loadline_model::plan::NodeSpec;

use crate::contract::NodeAddress;

/// The address of `node` on `port`, and a command that works on it.
pub fn address(node: &NodeSpec, port: u16, token: &str) -> NodeAddress {
    let command = match node.role.as_str() {
        "kv" => format!("redis-cli -h 127.0.0.1 -p {port} -a {token} --no-auth-warning"),
        "sql_primary" | "sql_replica" => format!("psql postgres://loadline:{token}@127.0.0.1:{port}/loadline"),
        "log" => format!(
            "kcat -L -b 127.0.0.1:{port} -X security.protocol=SASL_PLAINTEXT -X sasl.mechanisms=PLAIN -X sasl.username=loadline -X sasl.password={token}"
        ),
        role => {
            let path = match role {
                "user" => "/users/1",
                "tweet" => "/tweets/1",
                "feed" => "/timelines/1",
                "work" => "/work",
                "load_balancer" | "api_gateway" => "/timelines/1",
                _ => "/healthz",
            };
            format!("curl -H 'Authorization: Bearer {token}' http://127.0.0.1:{port}{path}")
        }
    };
    NodeAddress { id: node.id.clone(), component: node.component.clone(), address: format!("127.0.0.1:{port}"), command, is_real: false }
}
