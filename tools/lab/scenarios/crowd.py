"""Hundreds of connections of every kind at once."""
from tcplab.chance import crowd
from tcplab.words import *

talks, faults = crowd(seed=300, count=300, seconds=8, fault_rate=0.1)
scenario("crowd", "300 connections in 8 s, one in five meets a fault",
         talks=talks, network=faults, oracle=True, store=(), seconds=60,
         settle=15)
