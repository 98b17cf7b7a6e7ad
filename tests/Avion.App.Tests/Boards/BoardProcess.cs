using System.Diagnostics;
using System.Net.Http;

namespace Avion.App.Tests;

/// <summary>`avion board` as a program of its own.</summary>
internal sealed class BoardProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private BoardProcess(Process process, Uri address) => (_process, Client) = (process, new HttpClient { BaseAddress = address });

    /// <summary>Asks it.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts it and waits for the address that it prints.</summary>
    public static async Task<BoardProcess> StartAsync(
        string program, string[] arguments, string workingFolder, IReadOnlyDictionary<string, string?> environment)
    {
        // A shell that runs the tests in the background hands on an ignored SIGINT; env gives the program the signal back.
        ProcessStartInfo start = new("env", ["--default-signal=INT", program, .. arguments]) { RedirectStandardOutput = true, WorkingDirectory = workingFolder };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
        return new BoardProcess(process, new Uri(line ?? throw new InvalidOperationException("The board ended before it told its address.")));
    }

    /// <summary>An answer as JSON.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using JsonDocument answer = JsonDocument.Parse(await Client.GetStringAsync(path));
        return answer.RootElement.Clone();
    }

    /// <summary>Ends it as Ctrl-C does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> InterruptAsync()
    {
        using Process signal = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        return _process.ExitCode;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
