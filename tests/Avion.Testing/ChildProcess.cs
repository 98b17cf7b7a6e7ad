using System.Diagnostics;

namespace Avion.Testing;

/// <summary>What a program printed and how it ended.</summary>
/// <param name="ExitCode">Exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ProcessResult(int ExitCode, string Output, string Error);

/// <summary>Runs other programs in tests.</summary>
public static class ChildProcess
{
    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time; it has been killed with its children.</exception>
    public static async Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, string? workingFolder = null,
        IReadOnlyDictionary<string, string?>? environment = null, double timeoutSeconds = 120)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            WorkingDirectory = workingFolder ?? Repository.Root,
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"'{program}' did not start.");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        Task ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(timeoutSeconds))) != ended)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{program} {string.Join(' ', arguments)}' did not end within {timeoutSeconds} s.");
        }

        return new ProcessResult(process.ExitCode, await output, await error);
    }
}
