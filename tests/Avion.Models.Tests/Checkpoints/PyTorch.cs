namespace Avion.Models.Tests;

/// <summary>Debian's PyTorch, where it is installed, as the other side of file formats and models.</summary>
internal static class PyTorch
{
    public const string Missing = "needs PyTorch: /usr/bin/python3 cannot import torch (Debian package python3-torch)";

    private const string Program = "/usr/bin/python3";

    public static async Task<bool> IsInstalledAsync() =>
        File.Exists(Program) && (await RunAsync("import torch")).ExitCode == 0;

    public static Task<ProcessResult> RunAsync(string script, params string[] arguments) =>
        ChildProcess.RunAsync(Program, ["-c", script, .. arguments], timeoutSeconds: 300);
}
