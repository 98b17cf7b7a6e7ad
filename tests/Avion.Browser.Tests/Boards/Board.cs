namespace Avion.Browser.Tests;

/// <summary>A board over a folder of runs that are written by hand.</summary>
internal sealed class Board : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IClipGalleryOpener? _galleries;
    private BoardServer _server = null!;

    private Board(IClipGalleryOpener? galleries) => _galleries = galleries;

    /// <summary>Where the page is.</summary>
    public Uri Address => _server.Address;

    /// <summary>The folder of runs.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Begins to serve.</summary>
    public static async Task<Board> StartAsync(IClipGalleryOpener? galleries = null)
    {
        Board board = new(galleries);
        await board.ServeAsync(port: 0);
        return board;
    }

    /// <summary>A new run.</summary>
    public RunFolder Add(string name, long totalSteps) => new(_folder.File(name), $"title of {name}", totalSteps);

    /// <summary>A run of 40 lines whose loss at step s is 4 e^(-s / 200), and one evaluation.</summary>
    public RunFolder AddTraining(string name)
    {
        RunFolder run = Add(name, 1000);
        for (int step = 10; step <= 400; step += 10)
        {
            run.Step(step, LossAt(step));
        }

        run.Evaluation(400, recall: 0.4375, chance: 0.015625);
        return run;
    }

    /// <summary>The loss of <see cref="AddTraining"/>.</summary>
    public static double LossAt(double step) => 4 * Math.Exp(-step / 200);

    /// <summary>Ends the server, and begins again on the same port.</summary>
    public async Task RestartAsync(Func<Task> meanwhile)
    {
        int port = Address.Port;
        await _server.DisposeAsync();
        await meanwhile();
        await ServeAsync(port);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task ServeAsync(int port) =>
        _server = await BoardServer.StartAsync(new BoardOptions { Runs = [_folder.FullName], Port = port, Galleries = _galleries });
}
