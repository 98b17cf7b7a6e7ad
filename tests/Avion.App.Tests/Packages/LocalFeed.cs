namespace Avion.App.Tests;

/// <summary>All packages in a folder, as `dotnet pack` makes them of what is built, and a NuGet.config that names that folder alone.</summary>
public sealed class LocalFeed : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Where the packages are.</summary>
    public string Packages => _folder.File("packages");

    /// <summary>The version of all of them.</summary>
    public string Version { get; private set; } = "";

    /// <summary>A file or folder beside the packages.</summary>
    public string File(params string[] parts) => _folder.File(parts);

    public async ValueTask InitializeAsync()
    {
        ProcessResult packed = await RunAsync("pack", Repository.Path("Avion.slnx"), "-c", "Release", "--no-build", "-o", Packages, "-v", "quiet");
        Assert.True(packed.ExitCode == 0, packed.Output + packed.Error);
        string tool = Path.GetFileNameWithoutExtension(Directory.GetFiles(Packages, "Avion.Tool.*.nupkg").Single());
        Version = tool["Avion.Tool.".Length..];

        // Packages of others are in the machine's store, from which the build took them. Avion's must not get there: they would outlive the test.
        string store = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        System.IO.File.WriteAllText(_folder.File("NuGet.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder.File("store")}" /></config>
              <fallbackPackageFolders><add key="machine" value="{store}" /></fallbackPackageFolders>
              <packageSources><clear /><add key="avion" value="{Packages}" /></packageSources>
            </configuration>
            """);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs the SDK beside the packages, away from the repository's settings.</summary>
    public Task<ProcessResult> RunAsync(params string[] arguments) => ChildProcess.RunAsync("dotnet", arguments, _folder.FullName, new Dictionary<string, string?>
    {
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1", ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
    }, timeoutSeconds: 300);
}
