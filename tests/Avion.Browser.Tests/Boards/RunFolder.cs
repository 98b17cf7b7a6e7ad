namespace Avion.Browser.Tests;

/// <summary>A run folder written by hand, line by line, as a training writes it.</summary>
public sealed class RunFolder
{
    private readonly string _folder;
    private DateTimeOffset _time = DateTimeOffset.UtcNow.AddMinutes(-2);

    /// <param name="folder">Where it is made.</param>
    /// <param name="name">Title of the run.</param>
    /// <param name="totalSteps">Steps that it is to make.</param>
    public RunFolder(string folder, string name, long totalSteps)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        Append("started", 0, new() { ["total_steps"] = totalSteps }, new() { ["name"] = name, ["task"] = "contrastive", ["metric.recall_at_1"] = "recall@1" });
    }

    /// <summary>The log.</summary>
    public string Log => Path.Combine(_folder, "log.jsonl");

    /// <summary>Writes a file beside the log.</summary>
    public void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    /// <summary>A line of a step.</summary>
    public void Step(long step, double loss, double clipsPerSecond = 250, double wait = 0.01) => Append("step", step, new()
    {
        ["loss"] = loss, ["clips_per_second"] = clipsPerSecond, ["data_wait_fraction"] = wait, ["step_milliseconds"] = 40, ["learning_rate"] = 1e-3,
    });

    /// <summary>Many lines of steps, with nothing but a loss.</summary>
    /// <param name="lines">How many.</param>
    /// <param name="every">Steps from one to the next.</param>
    /// <param name="loss">The loss of a line, from 1.</param>
    public void Steps(int lines, int every, Func<int, double> loss)
    {
        using StreamWriter log = new(Log, append: true);
        for (int line = 1; line <= lines; line++)
        {
            _time = _time.AddMilliseconds(1);
            log.Write($"{{\"time\":\"{_time:O}\",\"kind\":\"step\",\"step\":{every * line},\"epoch\":0,\"values\":{{\"loss\":{Number(loss(line))}}},\"labels\":{{}}}}\n");
        }
    }

    /// <summary>A line of an evaluation.</summary>
    public void Evaluation(long step, double recall, double chance) =>
        Append("evaluation", step, new() { ["recall_at_1"] = recall, ["recall_at_1_chance"] = chance });

    /// <summary>The run's last line.</summary>
    public void End(long step, string reason) => Append("ended", step, [], new() { ["reason"] = reason });

    /// <summary>Any line.</summary>
    public void Append(string kind, long step, Dictionary<string, double> values, Dictionary<string, string>? labels = null)
    {
        _time = _time.AddSeconds(1);
        string[] numbers = [.. values.Select(pair => $"\"{pair.Key}\":{Number(pair.Value)}")];
        string[] texts = [.. (labels ?? []).Select(pair => $"{JsonSerializer.Serialize(pair.Key)}:{JsonSerializer.Serialize(pair.Value)}")];
        File.AppendAllText(Log, $"{{\"time\":\"{_time:O}\",\"kind\":\"{kind}\",\"step\":{step},\"epoch\":0,\"values\":{{{string.Join(',', numbers)}}},"
            + $"\"labels\":{{{string.Join(',', texts)}}}}}\n");
    }
    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : $"\"{value}\"";
}
