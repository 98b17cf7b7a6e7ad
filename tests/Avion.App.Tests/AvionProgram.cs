namespace Avion.App.Tests;

/// <summary>Runs the built program, as a user's shell does.</summary>
internal static class AvionProgram
{
    public static string FullPath { get; } = Path.Combine(AppContext.BaseDirectory, "avion.dll");

    public static Task<ProcessResult> RunAsync(params string[] arguments) => RunAsync(arguments, environment: null);

    public static Task<ProcessResult> RunAsync(
        string[] arguments, IReadOnlyDictionary<string, string?>? environment, double timeoutSeconds = 120) =>
        ChildProcess.RunAsync("dotnet", [FullPath, .. arguments], environment: environment, timeoutSeconds: timeoutSeconds);
}
