namespace Avion.Browser.Tests;

/// <summary>The quick demo's run: a real model, barely trained, with its videos and captions.</summary>
public sealed class DemoRun : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private string _reason = "";

    /// <summary>The run, once it is known to be there.</summary>
    public string Folder
    {
        get
        {
            Assert.SkipWhen(_reason.Length > 0, _reason);
            return _folder.File("demo", "run");
        }
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        Finding program = FfmpegProgram.Examine(), libraries = FfmpegDecoder.Examine();
        if (!program.Found || !libraries.Found)
        {
            _reason = $"needs ffmpeg: {program.Detail}; {libraries.Detail}";
            return;
        }

        ProcessResult made = await ChildProcess.RunAsync("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "avion.dll"), "demo", "--quick", "--seed", "3", "--output", _folder.File("demo")], timeoutSeconds: 240);
        Assert.True(made.ExitCode == 0, made.Error);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
