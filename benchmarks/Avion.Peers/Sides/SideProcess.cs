using System.Diagnostics;
using System.Text.Json;

namespace Avion.Peers;

/// <summary>The process of one side.</summary>
internal sealed class SideProcess : IDisposable
{
    public const string TurnCommand = "turn";

    private readonly Process _process;
    private readonly string _name;

    private SideProcess(Process process, string name) => (_process, _name) = (process, name);

    /// <summary>Starts this program again as one side of a workload.</summary>
    /// <param name="side">Which.</param>
    /// <param name="command">What it does there: run, or write what Avion computes.</param>
    /// <param name="workload">Which work.</param>
    /// <param name="threads">Compute threads.</param>
    /// <param name="exchange">Folder of what the sides tell each other.</param>
    public static SideProcess Start(Side side, string command, Workload workload, int threads, string exchange) =>
        Start(side, threads, ["side", side.Name, command, workload.Name, $"{threads}", exchange]);

    /// <summary>Starts this program again to compare what the peer's sides compute with what Avion wrote.</summary>
    public static SideProcess StartCheck(IReadOnlyList<PeerSide> peers, Workload workload, int threads, string exchange) =>
        Start(peers[0], threads, ["check", string.Join(',', peers.Select(peer => peer.Name)), workload.Name, $"{threads}", exchange]);

    private static SideProcess Start(Side side, int threads, string[] arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(SideProcess).Assembly.Location);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        side.SetEnvironment(start.Environment, threads);
        return new SideProcess(Process.Start(start)!, string.Join(' ', arguments[..^1]));
    }

    /// <summary>Waits until it is ready.</summary>
    public SideReady WaitUntilReady() => Read<SideReady>();

    /// <summary>Lets it take a turn.</summary>
    public SideTurn Turn()
    {
        _process.StandardInput.WriteLine(TurnCommand);
        _process.StandardInput.Flush();
        return Read<SideTurn>();
    }

    /// <summary>Reads the one answer of a command that ends by itself.</summary>
    public T Answer<T>() where T : class
    {
        T answer = Read<T>();
        _process.WaitForExit();
        return answer;
    }

    /// <summary>Lets it end.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private T Read<T>() where T : class => _process.StandardOutput.ReadLine() is { } line
        ? JsonSerializer.Deserialize<T>(line)!
        : throw new PeerException($"{_name} ended without an answer; its own words stand above.");
}
