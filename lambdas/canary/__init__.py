"""Was a new version asked at all while traffic went over to it?"""
