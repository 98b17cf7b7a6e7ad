namespace Avion.Cli;

/// <summary>Runs one parsed command and turns whatever happens into an exit code and, on failure, one sentence.</summary>
internal static class CommandLineHost
{
    /// <summary>Parses and runs a command line.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args, TextWriter error, CancellationToken cancellation)
    {
        ParseResult parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0 || UsageSentence.UnknownOptions(parsed).Count > 0)
        {
            foreach (string sentence in UsageSentence.Of(parsed))
            {
                error.WriteLine(PrintableText.Of(sentence, mayHaveLines: true));
            }
            return ExitCode.Usage;
        }

        try
        {
            // Signals belong to Interruption, exceptions to FailureSentence: the library's own handlers are off.
            InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (Exception exception)
        {
            FailureSentence failure = FailureSentence.From(exception, cancellation.IsCancellationRequested);
            error.WriteLine(PrintableText.Of(failure.Text, mayHaveLines: true));
            if (Environment.GetEnvironmentVariable("AVION_DEBUG") == "1")
            {
                error.WriteLine(exception);
            }
            return failure.ExitCode;
        }
    }
}
