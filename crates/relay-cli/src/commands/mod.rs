//! One module for each command.

mod audit;
mod check;
mod fetch;
mod monitor;
mod org;
mod packages;
mod policy;
mod queue;
mod reconcile;
mod replay;
mod run;
mod schema;
mod serve;
mod status;
mod taking;
mod tally;
mod upload;

use std::path::PathBuf;

use relay_runtime::Configuration;

use crate::args::{AuditCommand, Cli, Command, PackagesCommand, SchemaCommand};
use crate::context::{Context, Where};

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
    let folder = |path: PathBuf| Some(Where::Folder(path));
    let stack = |path: PathBuf| Some(Where::Stack(path));
    // What is on the command line comes before what is in the environment.
    let location = (cli.data_dir.and_then(folder))
        .or_else(|| cli.stack.and_then(stack))
        .or_else(|| configuration.data_dir.clone().and_then(folder))
        .or_else(|| configuration.stack.clone().and_then(stack));
    let Some(location) = location else {
        // Rules need no relay, nor does looking at a file.
        match cli.command {
            Command::Check(args) => return Box::pin(check::execute(None, cli.format, configuration, args)).await,
            Command::Schema(SchemaCommand::Infer { file }) => return schema::infer(cli.format, &configuration, &file),
            _ => {}
        }
        let message = "name the data folder with --data-dir DIR, or a relay on AWS with --stack FILE; or set RELAY_DATA_DIR or RELAY_STACK";
        return Ok(Outcome::WrongUsage(message.to_owned()));
    };
    let context = Context {
        location,
        format: cli.format,
        configuration,
    };
    match cli.command {
        Command::Org(command) => org::execute(&context, command).await,
        Command::Policy(command) => policy::execute(&context, command).await,
        Command::Schema(command) => schema::execute(&context, command).await,
        Command::Run(args) => run::execute(&context, args).await,
        Command::Serve(args) => serve::execute(&context, args).await,
        Command::Packages(PackagesCommand::List(args)) => packages::list(&context, args).await,
        Command::Packages(PackagesCommand::Show { id }) => packages::show(&context, &id).await,
        Command::Packages(PackagesCommand::Explain { id }) => packages::explain(&context, &id).await,
        Command::Packages(PackagesCommand::Replay { ids }) => replay::execute(&context, &ids).await,
        Command::Packages(PackagesCommand::Fetch {
            id,
            result,
            rows_as,
            to,
        }) => fetch::execute(&context, &id, result.as_deref(), rows_as, &to).await,
        Command::Audit(AuditCommand::Verify(args)) => audit::verify(&context, args).await,
        Command::Monitor(command) => monitor::execute(&context, command).await,
        Command::Queue(command) => queue::execute(&context, command).await,
        Command::Reconcile => reconcile::execute(&context).await,
        Command::Status => status::execute(&context).await,
        Command::Check(args) => {
            Box::pin(check::execute(
                Some(context.location),
                context.format,
                context.configuration,
                args,
            ))
            .await
        }
    }
}
