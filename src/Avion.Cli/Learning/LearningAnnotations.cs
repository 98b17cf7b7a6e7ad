namespace Avion.Cli;

/// <summary>Writes what the clips of scenes show, as captions with labels and in the form of EPIC-KITCHENS-100.</summary>
internal sealed class LearningAnnotations(DemoTask task, IReadOnlyList<Scene> scenes)
{
    private const string EpicHeader = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,"
        + "stop_frame,narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes";

    private readonly (Scene Scene, SceneClip Clip)[] _clips = [.. scenes.SelectMany(scene => scene.Clips.Select(clip => (scene, clip)))];

    /// <summary>Classes of <see cref="LabelOf"/>.</summary>
    public static int LabelCount(DemoTask task) => task.Colours.Count * task.Motions.Count;

    /// <summary>The class of a caption: its colour and its motion.</summary>
    public static int LabelOf(DemoTask task, Caption caption) =>
        (IndexOf(task.Colours, caption.Colour) * task.Motions.Count) + IndexOf(task.Motions, caption.Motion);

    /// <summary>Relevance of a caption to a clip with another, as EPIC-KITCHENS-100 defines it: half for the same verb, half the overlap
    /// of the nouns, which are colour and shape here.</summary>
    public static float RelevanceOf(Caption clip, Caption caption)
    {
        int shared = (clip.Colour == caption.Colour ? 1 : 0) + (clip.Shape == caption.Shape ? 1 : 0);
        return ((clip.Motion == caption.Motion ? 1f : 0f) + (shared / (4f - shared))) / 2;
    }

    /// <summary>Columns video, start, end, caption, label.</summary>
    public void WriteCaptions(string path)
    {
        StringBuilder text = new("video,start,end,caption,label\n");
        foreach ((Scene scene, SceneClip clip) in _clips)
        {
            text.Append(CultureInfo.InvariantCulture, $"{scene.Name},{Seconds(clip.FirstFrame):0.###},{Seconds(clip.EndFrame):0.###},"
                + $"{clip.Caption.Text},{LabelOf(task, clip.Caption)}\n");
        }

        File.WriteAllText(path, text.ToString());
    }

    /// <summary>The clips with verbs (motions) and nouns (colours of shapes), the distinct captions, and the relevance of each to each
    /// clip.</summary>
    public void WriteEpic(string clipsPath, string sentencesPath, string relevancyPath)
    {
        StringBuilder clips = new(EpicHeader + "\n"), sentences = new("narration_id,narration\n");
        List<Caption> distinct = [];
        for (int row = 0; row < _clips.Length; row++)
        {
            (Scene scene, SceneClip clip) = _clips[row];
            Caption caption = clip.Caption;
            string[] name = scene.Name.Split('/');
            string id = $"{name[0]}_{row}", noun = $"{caption.Colour.Name} {caption.Shape.Name}";
            int nounClass = (IndexOf(task.Colours, caption.Colour) * task.Shapes.Count) + IndexOf(task.Shapes, caption.Shape);
            clips.Append(CultureInfo.InvariantCulture, $"{id},{name[0]},{name[1]},{Time(clip.FirstFrame)},{Time(clip.FirstFrame)},"
                + $"{Time(clip.EndFrame)},{clip.FirstFrame},{clip.EndFrame},{caption.Text},{caption.Motion.Phrase},"
                + $"{IndexOf(task.Motions, caption.Motion)},{noun},{nounClass},\"['{noun}']\",[{nounClass}]\n");
            if (!distinct.Contains(caption))
            {
                distinct.Add(caption);
                sentences.Append(CultureInfo.InvariantCulture, $"{id},{caption.Text}\n");
            }
        }

        File.WriteAllText(clipsPath, clips.ToString());
        File.WriteAllText(sentencesPath, sentences.ToString());
        float[] relevancy = [.. _clips.SelectMany(row => distinct.Select(caption => RelevanceOf(row.Clip.Caption, caption)))];
        File.WriteAllBytes(relevancyPath, NumpyPickle.OfMatrix(relevancy, _clips.Length, distinct.Count));
    }

    private static int IndexOf<T>(IReadOnlyList<T> all, T one)
    {
        for (int index = 0; index < all.Count; index++)
        {
            if (EqualityComparer<T>.Default.Equals(all[index], one))
            {
                return index;
            }
        }

        throw new ArgumentException($"'{one}' is not part of the task.");
    }

    private double Seconds(int frame) => (double)frame / task.FramesPerSecond;

    private string Time(int frame) => TimeSpan.FromSeconds(Seconds(frame)).ToString(@"hh\:mm\:ss\.ff", CultureInfo.InvariantCulture);
}
