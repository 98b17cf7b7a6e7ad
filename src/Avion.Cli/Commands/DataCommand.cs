namespace Avion.Cli;

/// <summary>`avion data`: makes videos ready for training and checks them.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Prepare videos for training, check them, describe them, index them.")
    {
        DataPrepareCommand.Create(),
        DataVerifyCommand.Create(),
        DataInfoCommand.Create(),
        DataIndexCommand.Create(),
    };
}
