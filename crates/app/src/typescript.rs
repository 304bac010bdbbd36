//! The contract as TypeScript: one file for the types and the command list. `ui/src/rpc/contract.ts` must be what this writes.

use ts_rs::{Config, TS, TypeVisitor};

use crate::contract::*;

/// The text of `ui/src/rpc/contract.ts`.
pub fn contract() -> String {
    let mut all = Declarations { config: Config::new().with_large_int("number"), names: Vec::new(), text: Vec::new() };
    let mut commands = String::new();
    macro_rules! collect {
        ($($name:ident: $request:ty => $response:ty,)*) => {
            $(
                all.add::<$request>();
                all.add::<$response>();
                commands.push_str(&format!("  {}: {{ request: {}; response: {} }};\n", stringify!($name), <$request>::name(&all.config), <$response>::name(&all.config)));
            )*
        };
    }
    crate::for_each_command!(collect);
    crate::for_each_shell_command!(collect);
    all.add::<RpcError>();
    all.add::<RunEvent>();
    let mut declarations: Vec<(String, String)> = all.names.into_iter().zip(all.text).collect();
    declarations.sort();
    let types: Vec<String> = declarations.into_iter().map(|(_, text)| format!("export {text}\n")).collect();
    format!(
        "// Written by `LOADLINE_WRITE_CONTRACT=1 cargo test -p loadline-app contract`. Do not edit: change crates/app/src/contract.rs.\n\n{}\n/** Every command: its request and its response. */\nexport interface Commands {{\n{commands}}}\n",
        types.join("\n")
    )
}

struct Declarations {
    config: Config,
    names: Vec<String>,
    text: Vec<String>,
}

impl Declarations {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        self.visit::<T>();
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only types of ours have a file; the name of a map or a list is not a declaration.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            if self.names.contains(&name) {
                return;
            }
            self.names.push(name);
            self.text.push(T::decl(&self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[cfg(test)]
mod tests {
    /// The committed file is what the types say. A stale one fails; the first line of the file says how to write it anew.
    #[test]
    fn contract_is_current() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/rpc/contract.ts");
        let now = super::contract();
        if std::env::var_os("LOADLINE_WRITE_CONTRACT").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &now).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == now, "ui/src/rpc/contract.ts is stale: run LOADLINE_WRITE_CONTRACT=1 cargo test -p loadline-app contract");
    }
}
