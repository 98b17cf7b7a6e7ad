namespace Avion.Cli;

/// <summary>The `avion` program: parses the command line, runs one command, returns its exit code.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        StandardStream.Install();
        using Interruption interruption = new(Console.Error);
        return await CommandLineHost.RunAsync(CommandList.CreateRoot(), args, Console.Error, interruption.Token);
    }
}
