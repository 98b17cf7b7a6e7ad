namespace Avion.Data.Tests;

public sealed class BytePairTrainerTests
{
    private static readonly string[] s_captions = [.. Enumerable.Range(0, 300).Select(Caption)];

    [Fact]
    public void Merges_are_those_of_counting_every_pair_anew_each_time()
    {
        BytePairTrainer trainer = new();
        foreach (string caption in s_captions)
        {
            trainer.Add(caption);
        }

        Assert.Equal(BruteForce(s_captions, 30), trainer.Train(514 + 30));
    }

    [Fact]
    public void A_trained_vocabulary_survives_its_file_and_gives_words_back()
    {
        using TemporaryFolder folder = new();
        BytePairTrainer trainer = new();
        foreach (string caption in s_captions)
        {
            trainer.Add(caption);
        }

        string path = folder.File("trained.txt");
        BytePairVocabulary.Save(path, trainer.Train(1000));
        BytePairTokenizer tokenizer = BytePairTokenizer.Load(path);
        Assert.InRange(tokenizer.VocabularySize, 515, 1000);
        Assert.Equal("a red circle moves left", tokenizer.Decode(tokenizer.Encode("A red circle moves left")));
        Assert.Equal(7, tokenizer.Encode("a red circle moves left").Length);
        Assert.Equal("unseen words, too", tokenizer.Decode(tokenizer.Encode("unseen words, too")).Replace(" ,", ","));
    }

    private static string Caption(int i) =>
        $"a {(i % 2 == 0 ? "red" : "blue")} {(i % 3 == 0 ? "circle" : "square")} moves {(i % 5 == 0 ? "left" : "right")} aaaaa";

    private static List<(string Left, string Right)> BruteForce(string[] captions, int count)
    {
        List<List<string>> words = [.. captions.SelectMany(caption => caption.Split(' ')).Select(word =>
            word.Select((letter, i) => i == word.Length - 1 ? letter + "</w>" : letter.ToString()).ToList())];
        List<(string Left, string Right)> merges = [];
        while (merges.Count < count)
        {
            IGrouping<(string First, string Second), (string First, string Second)>? best = words
                .SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.First, StringComparer.Ordinal)
                .ThenBy(group => group.Key.Second, StringComparer.Ordinal).FirstOrDefault();
            if (best is null || best.Count() < 2)
            {
                break;
            }

            merges.Add(best.Key);
            foreach (List<string> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] == best.Key.First && word[i + 1] == best.Key.Second)
                    {
                        word[i] += word[i + 1];
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return merges;
    }
}
