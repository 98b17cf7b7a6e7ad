namespace Avion.Cli;

/// <summary>`avion bench tiles`: the shapes of blocks that kernels of a GPU may have, timed,
/// and the fastest written into the user's table.</summary>
internal static class BenchTilesCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="search">Searches on an opened GPU; null at the sizes of a training step.</param>
    /// <param name="place">The GPUs; null for the machine's.</param>
    public static Command Create(Func<CudaDevice, TileSearch>? search = null, GpuPlace? place = null)
    {
        Option<int> device = new("--device") { Description = "Number of the GPU." };
        Option<bool> write = new("--write") { Description = $"Write the fastest shapes into the user's table ({TileSearch.UserPath})." };
        Option<bool> json = JsonOption.Create();
        Command command = new("tiles", "Time the shapes of blocks that kernels of a GPU may have.") { device, write, json };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            GpuPlace found = place ?? GpuPlace.Find();
            using CudaDevice gpu = found.OpenChecked(parsed.GetValue(device), ElementType.BFloat16);
            TileSearch tiles = search?.Invoke(gpu) ?? new TileSearch(gpu);
            List<TileTime> times = [];
            foreach (TileTime time in tiles.Run())
            {
                cancellation.ThrowIfCancellationRequested();
                times.Add(time);
            }

            if (parsed.GetValue(json))
            {
                WriteJson(times, gpu.Name);
            }
            else
            {
                WriteTable(times);
            }

            if (parsed.GetValue(write))
            {
                tiles.Write(TileSearch.UserPath);
                Console.Error.WriteLine($"Written: {TileSearch.UserPath}. Results stay the same to the last bit.");
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    private static bool IsFastest(TileTime time, List<TileTime> times) =>
        time == times.Where(other => other.Tile == time.Tile).MinBy(other => other.Seconds);

    private static void WriteTable(List<TileTime> times)
    {
        ResultTable table = new("shape", "value", "ms", "");
        foreach (TileTime time in times)
        {
            table.Add(time.Tile, time.Value.ToString(CultureInfo.InvariantCulture),
                (1e3 * time.Seconds).ToString("0.000", CultureInfo.InvariantCulture), (time.IsInUse, IsFastest(time, times)) switch
                {
                    (true, true) => "in use, fastest",
                    (true, false) => "in use",
                    (false, true) => "fastest",
                    _ => "",
                });
        }

        table.Write();
    }

    private static void WriteJson(List<TileTime> times, string device) => JsonOutput.Write(json =>
    {
        json.WriteString("device", device);
        json.WriteStartArray("shapes");
        foreach (TileTime time in times)
        {
            json.WriteStartObject();
            json.WriteString("shape", time.Tile);
            json.WriteNumber("value", time.Value);
            json.WriteNumber("milliseconds", 1e3 * time.Seconds);
            json.WriteBoolean("in_use", time.IsInUse);
            json.WriteBoolean("fastest", IsFastest(time, times));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
