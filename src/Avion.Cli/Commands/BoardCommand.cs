using System.Net;

namespace Avion.Cli;

/// <summary>`avion board`: a local web page that follows runs.</summary>
internal static class BoardCommand
{
    private const string UsualRuns = "runs";

    public static Command Create()
    {
        Argument<string[]> runs = new("runs")
        {
            Description = $"Runs, or folders of runs; ./{UsualRuns} if left out.", Arity = ArgumentArity.ZeroOrMore,
        };
        Option<int?> port = new("--port")
        {
            Description = $"Port; 0 for any free one. If left out {BoardOptions.UsualPort}, or the next free one.",
        };
        Option<string> listen = new("--listen")
        {
            Description = "Address to listen on. All but this machine's own (127.0.0.1, ::1) let other machines in, without a password.",
            DefaultValueFactory = _ => IPAddress.Loopback.ToString(),
        };
        Option<string> device = DevicesOption.CreateForWeights();
        Option<int> threads = ThreadsOption.Create();
        Command command = new("board", "Follow runs on a local web page, compare them, and look at what their models find.")
        {
            runs, port, listen, device, threads,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(runs) ?? [], parsed.GetValue(port), parsed.GetValue(listen)!,
            new RunGalleryOpener(DevicesOption.Read(parsed.GetValue(device)!), parsed.GetValue(threads), RunClips.BoardPictures), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] runs, int? port, string listen, RunGalleryOpener galleries, CancellationToken cancellation)
    {
        if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
        {
            throw new UsageException($"--port is {port}, expected {IPEndPoint.MinPort} to {IPEndPoint.MaxPort}.");
        }

        if (!IPAddress.TryParse(listen, out IPAddress? address))
        {
            throw new UsageException($"--listen is '{listen}', expected an address such as 127.0.0.1 or 0.0.0.0.");
        }

        BoardOptions options = new()
        {
            // The usual folder may come with the first run; one that was named is there, or it is a mistake.
            Runs = runs.Length == 0 ? [UsualRuns] : [.. runs.Select(run => NamedPath.Require(run, "a run or a folder of runs"))],
            Address = address,
            Port = port,
            Galleries = galleries,
        };
        await using BoardServer server = await StartAsync(options, cancellation);
        Console.Out.WriteLine(server.Address);
        Console.Out.Flush();
        if (!IPAddress.IsLoopback(address))
        {
            Console.Error.WriteLine($"Everyone who reaches {address} on this port can see the runs and their videos; there is no password.");
        }

        Console.Error.WriteLine("Open the page in a browser. Ctrl-C ends.");
        await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Ok;
    }

    private static async Task<BoardServer> StartAsync(BoardOptions options, CancellationToken cancellation)
    {
        try
        {
            return await BoardServer.StartAsync(options, cancellation);
        }
        catch (IOException error)
        {
            throw new UsageException($"The board cannot listen on {options.Address}, port {options.Port ?? BoardOptions.UsualPort}: {error.Message} Give "
                + "another --port, or leave it out to take a free one.", error);
        }
    }
}
