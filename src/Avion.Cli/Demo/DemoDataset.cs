namespace Avion.Cli;

/// <summary>The demo's data: scenes to train on, scenes held out, and their captions.</summary>
/// <remarks>Split by scene: no background, camera or clip of a held-out video is seen in training.</remarks>
internal sealed class DemoDataset
{
    private readonly DemoTask _task;

    private DemoDataset(DemoTask task, IReadOnlyList<Scene> training, IReadOnlyList<Scene> heldOut)
    {
        (_task, Training, HeldOut) = (task, training, heldOut);
    }

    public IReadOnlyList<Scene> Training { get; }

    public IReadOnlyList<Scene> HeldOut { get; }

    public int SceneCount => Training.Count + HeldOut.Count;

    public int ClipCount => Training.Concat(HeldOut).Sum(scene => scene.Clips.Count);

    /// <summary>Draws all scenes; the same seed gives the same scenes, to the last pixel.</summary>
    public static DemoDataset Draw(DemoTask task, ulong seed) =>
        new(task, DrawScenes(task, seed, "train", task.TrainingVideos), DrawScenes(task, seed, "heldout", task.HeldOutVideos));

    /// <summary>Writes the videos as chunk trees under <paramref name="folders"/>, several scenes
    /// at once, and the two captions files.</summary>
    public async Task WriteAsync(DemoFolders folders, Action<double> report, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folders.Videos);
        WriteCaptions(folders.TrainingCaptions, Training);
        WriteCaptions(folders.HeldOutCaptions, HeldOut);
        await SceneEncoder.EncodeAllAsync([.. Training, .. HeldOut], folders.Videos, report, cancellation);
    }

    private static Scene[] DrawScenes(DemoTask task, ulong seed, string split, int count)
    {
        CaptionDeck deck = new(task, CounterRandom.For(seed, "captions " + split));
        return [.. Enumerable.Range(0, count).Select(index => Scene.Draw(task, seed, $"{split}-{index:000}", deck))];
    }

    private void WriteCaptions(string path, IEnumerable<Scene> scenes)
    {
        StringBuilder text = new("video,start,end,caption\n");
        foreach (Scene scene in scenes)
        {
            foreach (SceneClip clip in scene.Clips)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"{scene.Name},{Seconds(clip.FirstFrame)},{Seconds(clip.EndFrame)},{clip.Caption.Text}\n");
            }
        }
        File.WriteAllText(path, text.ToString());
    }

    private string Seconds(int frame) => ((double)frame / _task.FramesPerSecond).ToString("0.###", CultureInfo.InvariantCulture);
}
