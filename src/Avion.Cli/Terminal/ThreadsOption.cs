namespace Avion.Cli;

/// <summary>The `--threads N` option that commands which compute share.</summary>
internal static class ThreadsOption
{
    private const int Largest = 4096;

    public static Option<int> Create()
    {
        Option<int> threads = new("--threads") { Description = "Compute threads; 0: one per processor.", DefaultValueFactory = _ => 0 };
        threads.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, out int count) && count is < 0 or > Largest)
            {
                result.AddError($"--threads is {count}, expected 0 to {Largest}.");
            }
        });
        return threads;
    }
}
