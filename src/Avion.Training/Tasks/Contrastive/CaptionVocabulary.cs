namespace Avion.Training;

/// <summary>The vocabulary of a run: the one that its recipe names, or one trained on its captions.</summary>
internal static class CaptionVocabulary
{
    /// <summary>Writes the vocabulary unless the run has it already.</summary>
    /// <param name="options">Which vocabulary, or how large a new one.</param>
    /// <param name="tables">The captions.</param>
    /// <param name="path">Where the run keeps it.</param>
    public static void Prepare(DualEncoderOptions options, IEnumerable<ClipTable> tables, string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        string partial = path + ".partial";
        BytePairVocabulary.Save(partial, options.Vocabulary.Length > 0
            ? VocabularyFiles.ReadMerges(options.Vocabulary)
            : Train(tables, options.Text.VocabularySize));
        File.Move(partial, path, overwrite: true);
        DurableFiles.SyncFolder(Path.GetDirectoryName(path)!);
    }

    private static IReadOnlyList<(string Left, string Right)> Train(IEnumerable<ClipTable> tables, int vocabularySize)
    {
        BytePairTrainer trainer = new();
        foreach (ClipTable table in tables)
        {
            for (int caption = 0; caption < table.Captions.Count; caption++)
            {
                trainer.Add(table.Captions[caption].Span);
            }
        }

        return trainer.Train(vocabularySize);
    }
}
