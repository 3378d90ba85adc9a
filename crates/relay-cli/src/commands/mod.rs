//! One module for each command.

mod audit;
mod fetch;
mod org;
mod packages;
mod replay;
mod run;
mod serve;
mod status;

use relay_runtime::Configuration;

use crate::args::{AuditCommand, Cli, Command, PackagesCommand};
use crate::context::Context;

/// How a command ended, when it could be carried out at all.
pub enum Outcome {
    AllWell,
    /// A package was refused or failed, or a check did not hold.
    NotAllWell,
    /// The command line names something that does not exist or does not fit.
    WrongUsage(String),
}

impl Outcome {
    pub const fn all_well_if(condition: bool) -> Self {
        if condition { Self::AllWell } else { Self::NotAllWell }
    }
}

pub async fn execute(cli: Cli, configuration: Configuration) -> anyhow::Result<Outcome> {
    let Some(data_dir) = cli.data_dir.or_else(|| configuration.data_dir.clone()) else {
        let message = "name the data folder with --data-dir DIR, or set RELAY_DATA_DIR";
        return Ok(Outcome::WrongUsage(message.to_owned()));
    };
    let context = Context {
        data_dir,
        format: cli.format,
        configuration,
    };
    match cli.command {
        Command::Org(command) => org::execute(&context, command).await,
        Command::Run(args) => run::execute(&context, args).await,
        Command::Serve(args) => serve::execute(&context, args).await,
        Command::Packages(PackagesCommand::List(args)) => packages::list(&context, args).await,
        Command::Packages(PackagesCommand::Show { id }) => packages::show(&context, &id).await,
        Command::Packages(PackagesCommand::Explain { id }) => packages::explain(&context, &id).await,
        Command::Packages(PackagesCommand::Replay { ids }) => replay::execute(&context, &ids).await,
        Command::Packages(PackagesCommand::Fetch { id, result, to }) => {
            fetch::execute(&context, &id, result.as_deref(), &to).await
        }
        Command::Audit(AuditCommand::Verify(args)) => audit::verify(&context, args).await,
        Command::Status => status::execute(&context).await,
    }
}
